// SPDX-License-Identifier: Apache-2.0
// One file of a configuration: its text, read against the tables of keys. The wall around toml++.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/api/configuration.hpp"
#include "daemon/app/config_keys.hpp"
#include "daemon/app/config_setting.hpp"

namespace tocsin::daemon::app {

using tocsin::api::Mistake;
using Rows = std::map<std::string, std::vector<Row>, std::less<>>;

/// What one file sets.
struct FileContents {
    Settings settings;
    Rows rows;  ///< by the name of their table
};

/// Reads a file. What is wrong with it is added to `mistakes`: all that is wrong with its values, or the
/// first error of its syntax.
FileContents read_config_file(const std::filesystem::path& file, const Tables& tables,
                              std::vector<Mistake>& mistakes);

}  // namespace tocsin::daemon::app
