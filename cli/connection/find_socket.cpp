// SPDX-License-Identifier: Apache-2.0
#include "cli/connection/find_socket.hpp"

#include <unistd.h>

#include <cstdlib>

#include "common/core/paths.hpp"

namespace tocsin::cli::connection {
namespace {

/// A base folder of the XDG specification, which must be absolute; nothing when there is none.
std::optional<std::string> base_folder(const Environment& environment, const char* name,
                                       const char* below_home) {
    if (auto set = environment(name); set && set->front() == '/') return set;
    const auto home = environment("HOME");
    if (!home) return std::nullopt;
    return *home + below_home;
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

bool has_user_bus(const Environment& environment) {
    const auto config = base_folder(environment, "XDG_CONFIG_HOME", "/.config");
    if (config && exists(*config + "/tocsin/tocsin.toml")) return true;
    const auto state = base_folder(environment, "XDG_STATE_HOME", "/.local/state");
    return state && exists(*state + "/tocsin/");
}

std::string system_socket() {
    return std::string(core::system_runtime) + "/" + std::string(core::api_socket);
}

std::string user_socket(const Environment& environment) {
    const auto runtime = environment("XDG_RUNTIME_DIR");
    return runtime.value_or("/run/user/" + std::to_string(getuid())) + "/tocsin/" +
           std::string(core::api_socket);
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

std::string find_socket(const std::optional<std::string>& named, const Environment& environment) {
    if (named) return *named;
    if (auto path = environment("TOCSIN_SOCKET")) return *std::move(path);
    return has_user_bus(environment) ? user_socket(environment) : system_socket();
}

std::optional<SpoolFolder> find_spool(const std::string& socket, const Environment& environment) {
    using Kind = SpoolFolder::Kind;
    if (auto named = environment("TOCSIN_SPOOL")) return SpoolFolder{*std::move(named), Kind::shared};
    if (socket == system_socket()) return SpoolFolder{std::string(core::system_spool), Kind::shared};
    if (socket != user_socket(environment)) return std::nullopt;
    auto state = base_folder(environment, "XDG_STATE_HOME", "/.local/state");
    if (!state) return std::nullopt;
    return SpoolFolder{*std::move(state) + "/tocsin/spool", Kind::own};
}

}  // namespace tocsin::cli::connection
