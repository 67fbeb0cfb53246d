// SPDX-License-Identifier: Apache-2.0
// What the rows `[[pipeline]]` hold and mean.
#pragma once

#include <span>

#include "daemon/app/config.hpp"
#include "daemon/app/config_keys.hpp"
#include "daemon/app/config_setting.hpp"

namespace tocsin::daemon::app {

std::span<const Key> pipeline_keys() noexcept;

/// Throws `core::Error` (`invalid`) for what no single key can know. Reads the files that hold secrets.
void add_pipeline(Config& config, const Row& row);

}  // namespace tocsin::daemon::app
