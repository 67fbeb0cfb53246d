// SPDX-License-Identifier: Apache-2.0
// The files of one user that wait, in the order in which they were written.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/core/timestamp.hpp"

namespace tocsin::daemon::spool {

/// How much of one user is taken up at one time.
struct Limits {
    std::size_t files = 100'000;
    std::uint64_t bytes = 256U << 20;
};

/// Thread rule: one thread.
class Waiting {
 public:
    struct File {
        std::uint64_t rank = 0;   ///< of the boot in which it was written
        std::uint64_t since = 0;  ///< nanoseconds since that boot
        std::string name;
        std::uint64_t bytes = 0;
        core::Timestamp written;

        friend bool operator<(const File& left, const File& right) {
            return std::tie(left.rank, left.since, left.name) < std::tie(right.rank, right.since, right.name);
        }
    };

    /// Puts a file in its place. Names that are not the command line's come last. Gives back the files that
    /// are over the limits now: the newest, which may be the one that was added. One is always kept.
    /// A file behind such a one is not taken up either, until `rewind`: it would overtake it.
    std::vector<File> add(const std::string& name, std::uint64_t bytes, core::Timestamp written,
                          const Limits& limits);

    const std::set<File>& files() const noexcept { return files_; }
    bool empty() const noexcept { return files_.empty(); }
    std::uint64_t bytes() const noexcept { return bytes_; }
    void erase(const File& file);

    /// True when files were left out.
    bool has_more() const noexcept { return has_more_; }
    /// Before the folder is listed anew.
    void rewind() noexcept { has_more_ = false; }

 private:
    File place(const std::string& name);

    std::set<File> files_;
    std::map<std::string, std::uint64_t, std::less<>> boots_;  // each with the wall clock of its first file
    std::uint64_t bytes_ = 0;
    bool has_more_ = false;
};

}  // namespace tocsin::daemon::spool
