// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/rate_limit.hpp"

#include <algorithm>

namespace tocsin::daemon::api {

using std::chrono::nanoseconds;

RateLimit::RateLimit(std::uint64_t per_second, core::SteadyTime now)
    : per_second_(static_cast<std::int64_t>(per_second)), room_(capacity()), last_(now) {}

std::uint64_t RateLimit::per_second() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::uint64_t>(per_second_);
}

void RateLimit::set(std::uint64_t per_second, core::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    refill(now);
    per_second_ = static_cast<std::int64_t>(per_second);
    room_ = std::min(room_, capacity());
}

nanoseconds RateLimit::take(std::size_t events, core::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    refill(now);
    const nanoseconds wait = until_room();
    if (wait == nanoseconds(0)) room_ -= static_cast<std::int64_t>(events) * unit;
    return wait;
}

nanoseconds RateLimit::wait(core::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    refill(now);
    return until_room();
}

/// Threads come with times that are a little out of order; none brings room twice.
void RateLimit::refill(core::SteadyTime now) {
    if (now <= last_) return;
    const std::int64_t passed = (now - last_).count();  // the steady clock counts nanoseconds
    const std::int64_t missing = capacity() - room_;
    last_ = now;
    room_ = passed > missing / per_second_ ? capacity() : room_ + passed * per_second_;
}

nanoseconds RateLimit::until_room() const {
    if (room_ >= unit) return nanoseconds(0);
    return nanoseconds((unit - room_ + per_second_ - 1) / per_second_);
}

}  // namespace tocsin::daemon::api
