// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/watchdog.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace tocsin::daemon::app {

Watchdog::Watchdog(ServiceManager& manager, std::vector<Watched> watched, std::function<bool()> is_excused)
    : manager_(manager), watched_(std::move(watched)), is_excused_(std::move(is_excused)) {}

void Watchdog::turn() {
    bool all_answered = true;
    for (Watched& watched : watched_) {
        if (watched.pulse.is_answered()) {
            watched.pulse.ask();
        } else if (!is_excused_()) {
            all_answered = false;
            spdlog::error("thread {} does not take its turns; the service manager will restart the daemon",
                          watched.name);
        }
    }
    if (all_answered) manager_.alive();
}

}  // namespace tocsin::daemon::app
