// SPDX-License-Identifier: Apache-2.0
#include "daemon/metrics/instruments.hpp"

namespace tocsin::daemon::metrics {

void Histogram::observe(double value) noexcept {
    const auto place = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    counts_[static_cast<std::size_t>(place)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

core::Sample Histogram::sample() const {
    core::Sample sample;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < bounds_.size(); ++i) {
        total += counts_[i].load(std::memory_order_relaxed);
        sample.buckets.emplace_back(bounds_[i], total);
    }
    sample.count = total + counts_[bounds_.size()].load(std::memory_order_relaxed);
    sample.sum = sum_.load(std::memory_order_relaxed);
    return sample;
}

void LabelledCounter::add(std::string_view label, std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    auto found = values_.find(label);
    if (found == values_.end()) {
        const std::string_view name = values_.size() < max_labels_ ? label : "other";
        found = values_.try_emplace(std::string(name), 0).first;
    }
    found->second += count;
}

std::map<std::string, std::uint64_t, std::less<>> LabelledCounter::values() const {
    const std::lock_guard lock(mutex_);
    return values_;
}

}  // namespace tocsin::daemon::metrics
