// SPDX-License-Identifier: Apache-2.0
// The moment at which a call is given up.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace tocsin::cli::connection {

/// Thread rule: a value, use it anywhere.
class Deadline {
 public:
    using Clock = std::chrono::steady_clock;

    static Deadline never() { return Deadline(std::chrono::milliseconds::max(), std::nullopt); }
    /// A span of more than a year counts as for ever.
    static Deadline in(std::chrono::milliseconds span) {
        return span > std::chrono::hours(24 * 365) ? never() : Deadline(span, Clock::now() + span);
    }

    /// For poll(2): milliseconds left, rounded up, at most a minute; 0 when it has passed, -1 for ever.
    int poll_timeout() const {
        if (!at_) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*at_ - Clock::now());
        return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 60'000));
    }
    bool passed() const { return at_ && Clock::now() >= *at_; }
    /// True when it will have passed after so long a wait.
    bool passed_in(std::chrono::milliseconds span) const { return at_ && Clock::now() + span >= *at_; }

    /// What was allowed, for messages.
    std::chrono::milliseconds span() const { return span_; }

 private:
    Deadline(std::chrono::milliseconds span, std::optional<Clock::time_point> at) : span_(span), at_(at) {}
    std::chrono::milliseconds span_;
    std::optional<Clock::time_point> at_;
};

}  // namespace tocsin::cli::connection
