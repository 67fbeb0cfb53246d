// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/inherited_sockets.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <utility>

#include "common/core/exit_status.hpp"

namespace tocsin::daemon::app {

InheritedSockets InheritedSockets::take() {
    InheritedSockets inherited;
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    for (int i = 0; i < count; ++i) {
        inherited.sockets_.emplace_back(names[i], SD_LISTEN_FDS_START + i);
        std::free(names[i]);  // the list is malloc's, by sd_listen_fds_with_names(3)
    }
    std::free(names);
    for (const auto& [name, descriptor] : inherited.sockets_)
        if (name != "api" && name != "intake" && name != "feed")
            throw core::Exit(core::ExitStatus::config, core::Code::invalid,
                             "inherited socket " + std::to_string(descriptor) + " is named '" + name + "'",
                             "set FileDescriptorName= to api, intake or feed in the socket unit");
    return inherited;
}

std::optional<int> InheritedSockets::find(const std::string& name) const {
    for (const auto& [known, descriptor] : sockets_)
        if (known == name) return descriptor;
    return std::nullopt;
}

std::optional<std::string> InheritedSockets::path(const std::string& name) const {
    const auto descriptor = find(name);
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (!descriptor || getsockname(*descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return std::nullopt;
    return address.sun_path;
}

}  // namespace tocsin::daemon::app
