// SPDX-License-Identifier: Apache-2.0
// Points of time on the clock of whoever reads them.
#pragma once

#include <string>

#include "common/core/timestamp.hpp"

namespace tocsin::cli::output {

/// `2026-11-22 10:47:00.123` in the local time zone.
std::string local_time(core::Timestamp time);

}  // namespace tocsin::cli::output
