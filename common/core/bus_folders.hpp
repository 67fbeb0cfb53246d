// SPDX-License-Identifier: Apache-2.0
// Which folders a bus has: the system's, or a user's own by the XDG Base Directory Specification.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace tocsin::core {

/// Looks up an environment variable; nothing when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

std::optional<std::string> process_environment(const char* name);

struct BusFolders {
    std::string config_file;
    std::string state;
    std::string runtime;
    std::string spool;
};

BusFolders system_bus();

/// `$XDG_CONFIG_HOME/tocsin/tocsin.toml`, `$XDG_STATE_HOME/tocsin`, `$XDG_RUNTIME_DIR/tocsin`, with the
/// specification's defaults below `$HOME`; `/run/user/UID` stands in for the last. Relative values are
/// ignored, as the specification asks. Nothing when there is no `$HOME` to go by.
std::optional<BusFolders> user_bus(const Environment& environment);

}  // namespace tocsin::core
