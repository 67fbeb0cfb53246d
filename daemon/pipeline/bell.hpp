// SPDX-License-Identifier: Apache-2.0
// Wakes one thread that waits for whatever has happened.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "common/core/clock.hpp"

namespace tocsin::daemon::pipeline {

/// Thread rule: `ring` any thread, `wait` one. Rings are not counted.
class Bell {
 public:
    void ring() noexcept {
        if (rung_.exchange(true)) return;
        { const std::lock_guard lock(mutex_); }  // either the wait sees it, or it is woken
        wake_.notify_one();
    }

    /// Until it rings, or the time has come.
    void wait(std::optional<core::SteadyTime> until) {
        std::unique_lock lock(mutex_);
        const auto is_rung = [this] { return rung_.load(); };
        if (until)
            wake_.wait_until(lock, *until, is_rung);
        else
            wake_.wait(lock, is_rung);
        rung_ = false;
    }

 private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> rung_{false};
};

}  // namespace tocsin::daemon::pipeline
