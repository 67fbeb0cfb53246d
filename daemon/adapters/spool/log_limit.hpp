// SPDX-License-Identifier: Apache-2.0
// A bound on log lines that users can cause.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "common/core/clock.hpp"

namespace tocsin::daemon::spool {

/// So many lines a minute. Thread rule: one thread.
class LogLimit {
 public:
    /// How many were left out before this one; nothing when it is to be left out too.
    std::optional<std::uint64_t> allow(core::SteadyTime now) {
        constexpr unsigned lines_a_minute = 10;
        if (now - minute_ >= std::chrono::minutes(1)) {
            minute_ = now;
            lines_ = 0;
        }
        if (lines_ >= lines_a_minute) {
            ++left_out_;
            return std::nullopt;
        }
        ++lines_;
        return std::exchange(left_out_, 0);
    }

 private:
    core::SteadyTime minute_{};
    unsigned lines_ = 0;
    std::uint64_t left_out_ = 0;
};

}  // namespace tocsin::daemon::spool
