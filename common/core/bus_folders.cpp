// SPDX-License-Identifier: Apache-2.0
#include "common/core/bus_folders.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "common/core/paths.hpp"

namespace tocsin::core {
namespace {

constexpr std::string_view own_folder = "/tocsin";

std::optional<std::string> base_folder(const Environment& environment, const char* name,
                                       std::string_view below_home) {
    if (auto set = environment(name); set && set->front() == '/') return set;
    auto home = environment("HOME");
    if (!home || home->front() != '/') return std::nullopt;
    return home->append(below_home);
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes it
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

BusFolders system_bus() {
    return {std::string(system_config), std::string(system_state), std::string(system_runtime),
            std::string(system_spool)};
}

std::optional<BusFolders> user_bus(const Environment& environment) {
    const auto config = base_folder(environment, "XDG_CONFIG_HOME", "/.config");
    const auto state = base_folder(environment, "XDG_STATE_HOME", "/.local/state");
    if (!config || !state) return std::nullopt;
    const auto set = environment("XDG_RUNTIME_DIR");
    const bool is_set = set && set->front() == '/';
    BusFolders bus;
    bus.config_file = (*config + std::string(own_folder)).append("/tocsin.toml");
    bus.state = *state + std::string(own_folder);
    bus.runtime = (is_set ? *set : "/run/user/" + std::to_string(getuid())) + std::string(own_folder);
    bus.spool = bus.state + "/" + std::string(spool_folder);
    return bus;
}

}  // namespace tocsin::core
