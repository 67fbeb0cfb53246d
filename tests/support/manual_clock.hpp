// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until a test moves it.
#pragma once

#include <atomic>

#include "common/core/clock.hpp"

namespace tocsin::tests {

class ManualClock final : public core::Clock {
 public:
    core::Timestamp now() const noexcept override { return core::from_microseconds(microseconds_); }
    core::SteadyTime steady() const noexcept override { return std::chrono::steady_clock::now(); }
    void set(core::Timestamp time) noexcept { microseconds_ = core::to_microseconds(time); }
    void advance(std::chrono::microseconds by) noexcept { microseconds_ += by.count(); }

 private:
    std::atomic<std::int64_t> microseconds_{1'800'000'000'000'000};
};

}  // namespace tocsin::tests
