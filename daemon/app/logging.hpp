// SPDX-License-Identifier: Apache-2.0
// Where log lines go: text on a terminal, JSON lines, or the journal.
#pragma once

#include "daemon/app/config.hpp"

namespace tocsin::daemon::app {

/// Sets up the process's logger. `automatic` is text on a terminal, the journal when standard error is
/// connected to it, and JSON lines otherwise.
void set_up_logging(LogFormat format, LogLevel level);

/// The process's level; any thread. A change is a line in the log.
LogLevel log_level() noexcept;
void set_log_level(LogLevel level);

}  // namespace tocsin::daemon::app
