// SPDX-License-Identifier: Apache-2.0
// Counters, gauges and histograms: plain numbers that any thread may raise, named only when they are read
// off.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "common/core/metric_family.hpp"

namespace tocsin::daemon::metrics {

class Counter {
 public:
    void add(std::uint64_t count = 1) noexcept { value_.fetch_add(count, std::memory_order_relaxed); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
    std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
    void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t change) noexcept { value_.fetch_add(change, std::memory_order_relaxed); }
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
    std::atomic<std::int64_t> value_{0};
};

/// Observations sorted into buckets by their upper bound.
class Histogram {
 public:
    static constexpr std::size_t max_buckets = 20;
    explicit Histogram(std::span<const double> bounds)
        : bounds_(bounds.first(std::min(bounds.size(), max_buckets))) {}

    void observe(double value) noexcept;
    void observe(std::chrono::nanoseconds time) noexcept {
        observe(std::chrono::duration<double>(time).count());
    }
    core::Sample sample() const;

 private:
    std::span<const double> bounds_;
    std::array<std::atomic<std::uint64_t>, max_buckets + 1> counts_{};
    std::atomic<double> sum_{0};
};

/// A counter per label value, for at most `max_labels` values; what comes later counts as `other`, so that
/// clients who invent values can't fill the memory.
class LabelledCounter {
 public:
    explicit LabelledCounter(std::size_t max_labels) : max_labels_(max_labels) {}
    void add(std::string_view label, std::uint64_t count = 1);
    std::map<std::string, std::uint64_t, std::less<>> values() const;

 private:
    std::size_t max_labels_;
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t, std::less<>> values_;
};

}  // namespace tocsin::daemon::metrics
