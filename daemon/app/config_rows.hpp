// SPDX-License-Identifier: Apache-2.0
// What the rows `[[access]]` and `[[token]]` mean.
#pragma once

#include "daemon/app/config.hpp"
#include "daemon/app/config_setting.hpp"

namespace tocsin::daemon::app {

/// Throw `core::Error` (`invalid`) for what no single key can know.
void add_access(Config& config, const Row& row);
void add_token(Config& config, const Row& row);

}  // namespace tocsin::daemon::app
