// SPDX-License-Identifier: Apache-2.0
// The spool from its writers' side: events that the daemon can't take now, put on disk for it.
#pragma once

#include <string>
#include <string_view>

#include "cli/connection/find_socket.hpp"
#include "common/api/spool_file.hpp"

namespace tocsin::cli::connection {

/// Thread rule: one thread.
class Spool {
 public:
    explicit Spool(SpoolFolder folder) : folder_(std::move(folder)) {}
    const std::string& path() const noexcept { return folder_.path; }

    /// Puts the lines into one file. When this returns they are on disk: the file's content was synced, then
    /// its name. Throws `Exit` (74) with the path and the reason, which the system log is told too; nothing
    /// is left behind then.
    void write(const api::SpoolHeader& header, std::string_view lines) const;

 private:
    SpoolFolder folder_;
};

}  // namespace tocsin::cli::connection
