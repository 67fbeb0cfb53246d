// SPDX-License-Identifier: Apache-2.0
// The configuration as the daemon uses it: each module's own options, gathered. `config_keys` says what a
// file may hold, `config_reader` reads it.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/api/configuration.hpp"
#include "common/core/paths.hpp"
#include "daemon/adapters/curl/options.hpp"
#include "daemon/adapters/file/file_sink.hpp"
#include "daemon/adapters/http/http_server.hpp"
#include "daemon/adapters/jq/jq_stages.hpp"
#include "daemon/adapters/process/exec_sink.hpp"
#include "daemon/adapters/spool/spool.hpp"
#include "daemon/adapters/sqlite/store.hpp"
#include "daemon/adapters/zeromq/feed.hpp"
#include "daemon/adapters/zeromq/zmq_options.hpp"
#include "daemon/api/access.hpp"
#include "daemon/api/own_events.hpp"
#include "daemon/eventlog/retention_rule.hpp"
#include "daemon/pipeline/options.hpp"

namespace tocsin::daemon::app {

enum class LogFormat { automatic, text, json, journald };
enum class LogLevel { debug, info, warning, error };

/// The words for both, in the order of the enumerators.
inline constexpr std::array<std::string_view, 4> log_formats{"auto", "text", "json", "journald"};
using tocsin::api::log_levels;

/// Throw `invalid` when the word is none of them.
LogFormat parse_log_format(const std::string& word);
LogLevel parse_log_level(const std::string& word);

/// A pipeline with its expressions and its sink.
struct PipelineConfig {
    using Sink = std::variant<process::ExecOptions, curl::Options, file::Options, zeromq::ZmqOptions>;
    pipeline::Options options;
    jq::Expressions expressions;
    Sink sink;
};

struct Config {
    std::filesystem::path state{core::system_state};
    std::filesystem::path runtime{core::system_runtime};
    LogFormat log_format = LogFormat::automatic;
    LogLevel log_level = LogLevel::info;
    http::Options http;
    api::AccessOptions access;
    sqlite::Options store;
    eventlog::RetentionOptions retention;
    zeromq::FeedOptions feed;
    api::OwnEvents::Keep own_events = api::OwnEvents::Keep::yes;
    std::vector<PipelineConfig> pipelines;
    spool::Options spool;  ///< without a path: that of the bus, see `spool_of`
};

/// Where clients spool for the bus with this runtime folder when they are not told otherwise: the system's,
/// the user's own, or nowhere (empty).
std::filesystem::path spool_of(const std::filesystem::path& runtime);

}  // namespace tocsin::daemon::app
