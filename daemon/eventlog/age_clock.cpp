// SPDX-License-Identifier: Apache-2.0
#include "daemon/eventlog/age_clock.hpp"

#include <algorithm>

namespace tocsin::daemon::eventlog {

using std::chrono::microseconds;

microseconds AgeClock::look(core::Timestamp wall, core::SteadyTime steady) {
    const auto passed = std::chrono::duration_cast<microseconds>(steady - steady_);
    const microseconds drift = (wall - wall_) - passed;
    now_ = std::min(wall, now_ + passed + passed / catch_up_divisor);
    wall_ = wall;
    steady_ = steady;
    return std::chrono::abs(drift) >= jump_threshold ? drift : microseconds(0);
}

}  // namespace tocsin::daemon::eventlog
