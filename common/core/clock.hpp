// SPDX-License-Identifier: Apache-2.0
// Where the time comes from. Tests bring a clock of their own.
#pragma once

#include <chrono>

#include "common/core/timestamp.hpp"

namespace tocsin::core {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Thread rule: every method may be called from any thread.
class Clock {
 public:
    virtual ~Clock() = default;
    virtual Timestamp now() const noexcept = 0;
    virtual SteadyTime steady() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
    Timestamp now() const noexcept override {
        return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
    SteadyTime steady() const noexcept override { return std::chrono::steady_clock::now(); }
};

}  // namespace tocsin::core
