// SPDX-License-Identifier: Apache-2.0
// Which bus is meant: where the daemon's API socket lies, and the spool that belongs to it.
#pragma once

#include <optional>
#include <string>

#include "common/core/bus_folders.hpp"

namespace tocsin::cli::connection {

/// The named socket, then $TOCSIN_SOCKET, then the user's bus when its config file or state folder exists
/// (running or not), else the system's.
std::string find_socket(const std::optional<std::string>& named, const core::Environment& environment);

/// Where events wait for a daemon that can't take them.
struct SpoolFolder {
    enum class Kind { own, shared };  ///< a user's own is made when it is missing, with mode 0700
    std::string path;
    Kind kind = Kind::shared;
};

/// The spool of the bus behind a socket: $TOCSIN_SPOOL; else the system's or the user's when that is whose
/// socket it is; else there is none. Looks at no file.
std::optional<SpoolFolder> find_spool(const std::string& socket, const core::Environment& environment);

}  // namespace tocsin::cli::connection
