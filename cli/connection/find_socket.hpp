// SPDX-License-Identifier: Apache-2.0
// Which bus is meant: where the daemon's API socket lies.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace tocsin::cli::connection {

/// Looks up an environment variable; nothing when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

std::optional<std::string> process_environment(const char* name);

/// The named socket, then $TOCSIN_SOCKET, then the user's bus when its config file or state folder exists
/// (running or not), else the system's.
std::string find_socket(const std::optional<std::string>& named, const Environment& environment);

}  // namespace tocsin::cli::connection
