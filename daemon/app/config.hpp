// SPDX-License-Identifier: Apache-2.0
// The configuration: TOML with a default for everything. Reading it writes nothing anywhere.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/paths.hpp"
#include "daemon/adapters/http/http_server.hpp"
#include "daemon/adapters/sqlite/store.hpp"
#include "daemon/adapters/zeromq/feed.hpp"

namespace tocsin::daemon::app {

enum class LogFormat { automatic, text, json, journald };
enum class LogLevel { debug, info, warning, error };

struct Config {
    std::filesystem::path state{core::system_state};
    std::filesystem::path runtime{core::system_runtime};
    LogFormat log_format = LogFormat::automatic;
    LogLevel log_level = LogLevel::info;
    http::Options http;
    sqlite::Options store;
    zeromq::FeedOptions feed;
};

/// One thing that is wrong with a configuration, and where.
struct Mistake {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
    std::string message;

    std::string text() const;
};

/// Every key that a file may hold, for the documentation: `section.key` or `key`.
struct Key {
    std::string_view name;
    std::string_view standard;
    std::string_view summary;
};
std::span<const Key> config_keys() noexcept;

/// A configuration, or everything that is wrong with it.
struct Reading {
    Config config;
    std::vector<Mistake> mistakes;
};

/// Reads a file. A file that is not there is a mistake too.
Reading read_config(const std::filesystem::path& file);

/// The words that options of the command line share with the file. Throw `invalid`.
LogFormat parse_log_format(std::string_view text);
LogLevel parse_log_level(std::string_view text);

}  // namespace tocsin::daemon::app
