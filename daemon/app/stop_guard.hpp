// SPDX-License-Identifier: Apache-2.0
// A bound for the daemon's end: it ends in order, or at once.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

namespace tocsin::daemon::app {

/// While it lives the process ends at once (74) when the limit is over or another SIGTERM or SIGINT comes.
/// Nothing acknowledged is lost by that: what is acknowledged is on the disk. The signals must be blocked.
class StopGuard {
 public:
    explicit StopGuard(std::chrono::seconds limit);
    ~StopGuard();
    StopGuard(const StopGuard&) = delete;
    StopGuard& operator=(const StopGuard&) = delete;

 private:
    void watch(std::chrono::seconds limit) noexcept;

    std::atomic<bool> over_{false};
    std::thread thread_;
};

}  // namespace tocsin::daemon::app
