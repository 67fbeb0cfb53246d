// SPDX-License-Identifier: Apache-2.0
// Measured times of single requests, and the percentiles of all of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace tocsin::bench {

using SteadyClock = std::chrono::steady_clock;

/// Every time is kept, in four bytes: a histogram would round the very figures that are compared.
class Latencies {
 public:
    void reserve(std::size_t count) { tenths_.reserve(count); }

    void add(SteadyClock::duration time) {
        using Tenth = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
        constexpr std::int64_t longest = std::numeric_limits<std::uint32_t>::max();
        const std::int64_t tenths = std::chrono::duration_cast<Tenth>(time).count();
        tenths_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(tenths, 0, longest)));
    }

    /// The nearest-rank percentile in microseconds, 0 when nothing was measured.
    double percentile_us(double percent) {
        if (tenths_.empty()) return 0.0;
        const auto rank = std::ceil(percent / 100.0 * static_cast<double>(tenths_.size()));
        const auto index = static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
        std::nth_element(tenths_.begin(), tenths_.begin() + index, tenths_.end());
        return static_cast<double>(tenths_[static_cast<std::size_t>(index)]) / 10.0;
    }

    std::size_t count() const noexcept { return tenths_.size(); }

 private:
    std::vector<std::uint32_t> tenths_;  // of a microsecond: up to seven minutes
};

inline double seconds_between(SteadyClock::time_point from, SteadyClock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

inline SteadyClock::duration from_seconds(double seconds) {
    return std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace tocsin::bench
