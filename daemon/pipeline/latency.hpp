// SPDX-License-Identifier: Apache-2.0
// How long calls take, and how many of something there were lately.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "common/core/clock.hpp"

namespace tocsin::daemon::pipeline {

/// Durations sorted into buckets by their upper bound. Thread rule: one thread at a time.
struct Latency {
    static constexpr std::array bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                       0.25,   0.5,   1.0,    2.5,   5.0,  10.0,  30.0};
    std::array<std::uint64_t, bounds.size() + 1> counts{};  ///< the last one is beyond all bounds
    double sum_seconds = 0;

    void observe(std::chrono::nanoseconds time) noexcept {
        const double seconds = std::chrono::duration<double>(time).count();
        std::size_t bucket = 0;
        while (bucket < bounds.size() && seconds > bounds.at(bucket)) ++bucket;
        ++counts.at(bucket);
        sum_seconds += seconds;
    }
};

/// Events a second over the last minute. Thread rule: one thread at a time.
class RecentRate {
 public:
    void add(std::uint64_t count, core::SteadyTime now) noexcept {
        turn_to(now);
        counts_.at(slot_ % counts_.size()) += count;
    }
    double per_second(core::SteadyTime now) noexcept {
        turn_to(now);
        std::uint64_t sum = 0;
        for (const std::uint64_t count : counts_) sum += count;
        return static_cast<double>(sum) / 60.0;
    }

 private:
    void turn_to(core::SteadyTime now) noexcept {
        const auto slot = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() / 5);
        if (slot - slot_ >= counts_.size())
            counts_.fill(0);
        else
            for (std::uint64_t passed = slot_ + 1; passed <= slot; ++passed)
                counts_.at(passed % counts_.size()) = 0;
        slot_ = slot;
    }

    std::array<std::uint64_t, 12> counts_{};  // of five seconds each
    std::uint64_t slot_ = 0;
};

}  // namespace tocsin::daemon::pipeline
