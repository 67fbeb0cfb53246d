// SPDX-License-Identifier: Apache-2.0
// Tells the service manager that the daemon lives, as long as every thread that serves somebody takes its
// turns.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/core/pulse.hpp"
#include "daemon/app/service_manager.hpp"

namespace tocsin::daemon::app {

/// A thread that serves, by its name in the log.
struct Watched {
    std::string name;
    core::Pulse& pulse;
};

/// Thread rule: the main thread.
class Watchdog {
 public:
    /// `is_excused`: the threads may be late now, since a commit keeps them waiting and the disk is no fault
    /// of theirs.
    Watchdog(ServiceManager& manager, std::vector<Watched> watched, std::function<bool()> is_excused);

    /// Once every half of the manager's limit: says that all is well if all answered since the last turn, and
    /// asks again.
    void turn();

 private:
    ServiceManager& manager_;
    std::vector<Watched> watched_;
    std::function<bool()> is_excused_;
};

}  // namespace tocsin::daemon::app
