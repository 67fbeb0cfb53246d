// SPDX-License-Identifier: Apache-2.0
// How many events a second somebody may emit: a token bucket, one for all of its connections and doors.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "common/core/clock.hpp"

namespace tocsin::daemon::api {

/// Holds room for the events of one second at most, and begins full. A batch is never split: it is taken
/// while there is room for one event, and may leave a debt, which time pays off. Exact: whole numbers, no
/// rounding, however many threads take. Thread rule: any thread.
class RateLimit {
 public:
    static constexpr std::uint64_t max_per_second = 1'000'000'000;

    /// 1 to `max_per_second`.
    RateLimit(std::uint64_t per_second, core::SteadyTime now);

    std::uint64_t per_second() const;
    /// Room and debt stay, but for room beyond the new second's.
    void set(std::uint64_t per_second, core::SteadyTime now);

    /// Takes room for the events: zero. Else takes nothing, and tells after what time there is room.
    std::chrono::nanoseconds take(std::size_t events, core::SteadyTime now);
    /// The same without taking.
    std::chrono::nanoseconds wait(core::SteadyTime now);

 private:
    std::int64_t capacity() const noexcept { return per_second_ * unit; }
    void refill(core::SteadyTime now);
    std::chrono::nanoseconds until_room() const;

    static constexpr std::int64_t unit = 1'000'000'000;  // per event: then a nanosecond brings `per_second_`

    mutable std::mutex mutex_;
    std::int64_t per_second_;
    std::int64_t room_;
    core::SteadyTime last_;
};

}  // namespace tocsin::daemon::api
