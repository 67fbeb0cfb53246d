// SPDX-License-Identifier: Apache-2.0
// What differs between two configurations, and what of it can be taken over without a restart.
#pragma once

#include <string>
#include <vector>

#include "daemon/app/config_reader.hpp"

namespace tocsin::daemon::app {

struct Changes {
    std::vector<std::string> live;  ///< keys, and `[[name]]` for lists of tables, in the order of the tables
    std::vector<Mistake> refused;   ///< keys that need a restart, each with its place
};

Changes compare(const Reading& before, const Reading& after, const Tables& tables = config_tables());

}  // namespace tocsin::daemon::app
