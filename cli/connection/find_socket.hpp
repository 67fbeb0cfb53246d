// SPDX-License-Identifier: Apache-2.0
// Which bus is meant: where the daemon's API socket lies, and the spool that belongs to it.
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

/// Where events wait for a daemon that can't take them.
struct SpoolFolder {
    enum class Kind { own, shared };  ///< a user's own is made when it is missing, with mode 0700
    std::string path;
    Kind kind = Kind::shared;
};

/// The spool of the bus behind a socket: $TOCSIN_SPOOL; else the system's or the user's when that is whose
/// socket it is; else there is none. Looks at no file.
std::optional<SpoolFolder> find_spool(const std::string& socket, const Environment& environment);

}  // namespace tocsin::cli::connection
