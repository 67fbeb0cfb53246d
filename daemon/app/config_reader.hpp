// SPDX-License-Identifier: Apache-2.0
// Reads a configuration: the main file, the drop-ins beside it, and the words of the command line. Reading it
// writes nothing anywhere.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/core/paths.hpp"
#include "daemon/app/config.hpp"
#include "daemon/app/config_file.hpp"
#include "daemon/app/config_keys.hpp"

namespace tocsin::daemon::app {

/// An option of the command line that stands over a key of the files.
struct Flag {
    std::string option;  ///< `--state`
    std::string key;     ///< `state`
    std::string value;
};

/// What a configuration is read from, now and at each reload.
struct Sources {
    enum class MainFile { optional, required };
    std::filesystem::path file{core::system_config};
    MainFile main_file = MainFile::required;
    std::vector<Flag> flags{};
    std::vector<Flag> defaults{};  ///< in the place of the tables' own, as for a user's bus
};

/// A configuration, or everything that is wrong with it.
struct Reading {
    Config config;  ///< of use only when there is no mistake
    std::vector<Mistake> mistakes;
    std::vector<std::string> files;  ///< in the order in which they were read: what comes later wins
    Settings settings;               ///< all that are in force, defaults too
    Rows rows;
};

/// Reads the main file, then `conf.d/*.toml` beside it in the order of their names. The value of a key is
/// that of the last file that sets it; rows add up. Throws an `Exit` (64) for a flag that is wrong.
Reading read_config(const Sources& sources, const Tables& tables = config_tables());

/// People read files from the top, and in the order in which they count.
void sort_by_place(std::vector<Mistake>& mistakes, const std::vector<std::string>& files);

}  // namespace tocsin::daemon::app
