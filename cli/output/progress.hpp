// SPDX-License-Identifier: Apache-2.0
// A line on a terminal's stderr that is written over while work goes on; nothing anywhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "cli/output/console.hpp"

namespace tocsin::cli::output {

/// Thread rule: one thread.
class Progress {
 public:
    explicit Progress(Console& console) : console_(console), active_(console.can_rewrite()) {}
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Shows the number of events so far, at most ten times a second.
    void show(std::uint64_t events) noexcept;
    /// Shows how much of all is done, with a bar.
    void show_bar(std::uint64_t done, std::uint64_t all) noexcept;
    /// Takes the line away, before anything else is written.
    void clear() noexcept;

 private:
    void show_line(std::string_view line) noexcept;
    Console& console_;
    bool active_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace tocsin::cli::output
