// SPDX-License-Identifier: Apache-2.0
#include "cli/connection/find_socket.hpp"

#include <unistd.h>

#include "common/core/paths.hpp"

namespace tocsin::cli::connection {
namespace {

using core::BusFolders;

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::string socket_of(const BusFolders& bus) { return bus.runtime + "/" + std::string(core::api_socket); }

}  // namespace

std::string find_socket(const std::optional<std::string>& named, const core::Environment& environment) {
    if (named) return *named;
    if (auto path = environment("TOCSIN_SOCKET")) return *std::move(path);
    const auto own = core::user_bus(environment);
    const bool is_there = own && (exists(own->config_file) || exists(own->state + "/"));
    return socket_of(is_there ? *own : core::system_bus());
}

std::optional<SpoolFolder> find_spool(const std::string& socket, const core::Environment& environment) {
    using Kind = SpoolFolder::Kind;
    if (auto named = environment("TOCSIN_SPOOL")) return SpoolFolder{*std::move(named), Kind::shared};
    if (const BusFolders system = core::system_bus(); socket == socket_of(system))
        return SpoolFolder{system.spool, Kind::shared};
    const auto own = core::user_bus(environment);
    if (!own || socket != socket_of(*own)) return std::nullopt;
    return SpoolFolder{own->spool, Kind::own};
}

}  // namespace tocsin::cli::connection
