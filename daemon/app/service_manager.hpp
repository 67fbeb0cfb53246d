// SPDX-License-Identifier: Apache-2.0
// What the daemon tells the service manager about itself (sd_notify(3)); without one it tells nobody.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace tocsin::daemon::app {

/// Thread rule: the main thread.
class ServiceManager {
 public:
    ServiceManager();

    void ready(const std::string& status);
    /// To be followed by `ready`.
    void reloading();
    void stopping();
    void alive();

    /// How often `alive` must be said at the least: half of $WATCHDOG_USEC, as sd_watchdog_enabled(3)
    /// advises. Nothing when nobody listens for it.
    std::optional<std::chrono::microseconds> watchdog_period() const noexcept { return period_; }

 private:
    std::optional<std::chrono::microseconds> period_;
};

}  // namespace tocsin::daemon::app
