// SPDX-License-Identifier: Apache-2.0
// Listening sockets that the service manager hands over (sd_listen_fds(3)).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tocsin::daemon::app {

/// The descriptors that came with the process, by the socket unit's FileDescriptorName: `api`, `intake`,
/// `feed`.
class InheritedSockets {
 public:
    /// Takes them from the environment. Throws `core::Exit` (78) for a name that is not one of the three.
    static InheritedSockets take();

    std::optional<int> find(const std::string& name) const;
    /// The path that a descriptor is bound to; nothing when it was not handed over.
    std::optional<std::string> path(const std::string& name) const;

 private:
    std::vector<std::pair<std::string, int>> sockets_;
};

}  // namespace tocsin::daemon::app
