// SPDX-License-Identifier: Apache-2.0
// The time that ages are measured by: it follows the wall clock, but never by a leap forward.
#pragma once

#include <algorithm>
#include <chrono>

#include "common/core/clock.hpp"

namespace tocsin::daemon::eventlog {

/// A wall clock may be set wrong, or right, by days; which of both nobody can tell. So this one goes with the
/// steady clock, a little faster while the wall clock is ahead, and back at once with the wall clock.
/// Thread rule: one thread.
class AgeClock {
 public:
    /// What is caught up with, as a share of the time that passes: an hour in less than three days.
    static constexpr int catch_up_divisor = 64;
    /// The wall clock has jumped when it moved so far from the steady one between two looks.
    static constexpr std::chrono::seconds jump_threshold{10};

    /// Begins at `start`, or at the wall clock if that is behind.
    AgeClock(core::Timestamp start, core::Timestamp wall, core::SteadyTime steady)
        : now_(std::min(start, wall)), wall_(wall), steady_(steady) {}

    /// Looks at both clocks; the distance by which the wall clock has jumped since the last look, 0 for none.
    std::chrono::microseconds look(core::Timestamp wall, core::SteadyTime steady);

    core::Timestamp now() const noexcept { return now_; }
    core::Timestamp wall() const noexcept { return wall_; }
    /// How far it is behind the wall clock.
    std::chrono::microseconds lag() const noexcept { return wall_ - now_; }

 private:
    core::Timestamp now_;
    core::Timestamp wall_;
    core::SteadyTime steady_;
};

}  // namespace tocsin::daemon::eventlog
