// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/stop_guard.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "common/core/exit_status.hpp"

namespace tocsin::daemon::app {

StopGuard::StopGuard(std::chrono::seconds limit) : thread_([this, limit] { watch(limit); }) {}

StopGuard::~StopGuard() {
    over_ = true;
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
}

void StopGuard::watch(std::chrono::seconds limit) noexcept {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    const timespec wait{.tv_sec = limit.count(), .tv_nsec = 0};
    const int signal = sigtimedwait(&signals, nullptr, &wait);
    if (over_) return;
    if (signal > 0)
        spdlog::warn("asked again to stop: ending at once; what waits is not acknowledged");
    else
        spdlog::critical("not stopped within {} s: ending at once; what waits is not acknowledged",
                         limit.count());
    _exit(core::to_int(core::ExitStatus::io));
}

}  // namespace tocsin::daemon::app
