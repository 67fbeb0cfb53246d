// SPDX-License-Identifier: Apache-2.0
// Replies about the daemon itself: its status, the types it has seen, its metrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/metric_family.hpp"
#include "common/core/sequence.hpp"
#include "common/core/timestamp.hpp"
#include "common/event/event.hpp"

namespace tocsin::api {

using core::MetricFamily;
using core::Sample;
using core::SequenceRange;
using event::TypeSummary;

/// An address that the daemon is bound to: `api`, `intake` or `feed`.
struct Listener {
    std::string name;
    std::string address;
};

/// The last sequence committed, and the epoch that it belongs to.
struct Head {
    core::Seq head = 0;
    std::string epoch;
};

struct StoreStatus {
    std::string path;
    std::uint64_t database_bytes = 0;
    std::uint64_t wal_bytes = 0;
    std::uint64_t free_bytes = 0;               ///< that the file system has left
    std::optional<core::Timestamp> full_since;  ///< events are refused for want of room
    std::vector<SequenceRange> missing;         ///< acknowledged once, and found missing at a start
};

/// When the configuration in force was read, and from which files, in their order.
struct ConfigurationStatus {
    core::Timestamp loaded;
    std::vector<std::string> files;
    std::optional<core::Timestamp> refused;  ///< a reload, since then
};

/// What limits the log, and what came of it. A limit of 0 is none.
struct RetentionReport {
    std::uint64_t age_seconds = 0;
    std::uint64_t bytes = 0;
    std::uint64_t count = 0;
    std::uint64_t log_bytes = 0;  ///< what the limit of bytes counts
    std::uint64_t kept = 0;       ///< events in front of `Status::first` that are never removed
    std::string held_by;          ///< who keeps events that a limit would take; empty: nobody
    std::uint64_t removed = 0;    ///< events, since the start
    std::optional<core::Timestamp> last_removed;
    std::uint64_t clock_lag_seconds = 0;  ///< how far ages are measured behind the wall clock
};

/// Where events wait that the daemon could not take when they were emitted.
struct SpoolStatus {
    std::string path;
    std::uint64_t waiting = 0;             ///< files
    std::uint64_t bad = 0;                 ///< files that were set aside
    std::optional<core::Timestamp> since;  ///< when the oldest that waits was written
    std::string problem;  ///< why it can't be used, or what is wrong with it; empty for nothing
};

struct LastError {
    core::Timestamp time;
    std::string message;
};

struct Status {
    std::string version;
    std::string state;  ///< `ready` or `stopping`
    std::int64_t pid = 0;
    core::Timestamp started;
    std::uint64_t uptime_seconds = 0;
    std::string epoch;
    core::Seq first = 0;  ///< of the events that retention has not passed; 0: none
    core::Seq head = 0;
    std::uint64_t events = 0;
    std::uint64_t connections = 0;
    std::uint64_t subscriptions = 0;
    StoreStatus store;
    RetentionReport retention;
    std::vector<Listener> listeners;
    ConfigurationStatus configuration;
    std::optional<SpoolStatus> spool;
    std::optional<LastError> last_error;
};

std::string types_json(const std::vector<TypeSummary>& types);
std::vector<TypeSummary> parse_types(std::string_view json);

std::string head_json(const Head& head);
Head parse_head(std::string_view json);

std::string status_json(const Status& status);
Status parse_status(std::string_view json);

std::string metrics_json(const std::vector<MetricFamily>& families);
std::vector<MetricFamily> parse_metrics(std::string_view json);

}  // namespace tocsin::api
