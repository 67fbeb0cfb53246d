// SPDX-License-Identifier: Apache-2.0
// What is done to a store while no daemon runs on it: look at it, save what can be read, put a backup in
// place.
#pragma once

#include <filesystem>
#include <string>

#include "common/core/exit_status.hpp"

namespace tocsin::daemon::app {

/// What the command line asked for.
struct CareRequest {
    std::filesystem::path state;  ///< the store's folder
    std::filesystem::path file;   ///< a backup in its stead; empty for none
    std::filesystem::path word;   ///< the new folder, or the backup to restore
    bool deep = false;
    bool replace = false;
    bool json = false;
};

struct CareReport {
    std::string text;  ///< for standard output
    core::ExitStatus status = core::ExitStatus::ok;
};

/// 0 when the store is whole, 70 when it is damaged. All three throw `core::Error` when they can't do their
/// work.
CareReport doctor(const CareRequest& request);
CareReport salvage(const CareRequest& request);
CareReport restore(const CareRequest& request);

}  // namespace tocsin::daemon::app
