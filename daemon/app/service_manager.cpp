// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <ctime>

namespace tocsin::daemon::app {
namespace {

/// Microseconds of CLOCK_MONOTONIC, as sd_notify(3) asks for when a reload begins.
std::uint64_t monotonic_microseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

ServiceManager::ServiceManager() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) > 0) period_ = std::chrono::microseconds(microseconds / 2);
}

void ServiceManager::ready(const std::string& status) { sd_notify(0, ("READY=1\nSTATUS=" + status).c_str()); }

void ServiceManager::reloading() {
    sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds())).c_str());
}

void ServiceManager::stopping() { sd_notify(0, "STOPPING=1\nSTATUS=Stopping"); }

void ServiceManager::alive() { sd_notify(0, "WATCHDOG=1"); }

}  // namespace tocsin::daemon::app
