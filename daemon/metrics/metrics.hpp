// SPDX-License-Identifier: Apache-2.0
// Everything that Tocsin counts about itself, as one struct of plain instruments.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/clock.hpp"
#include "daemon/eventlog/event_log.hpp"
#include "daemon/metrics/instruments.hpp"

namespace tocsin::daemon::metrics {

inline constexpr std::array seconds_bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                           0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0};
inline constexpr std::array events_bounds{1.0,   2.0,   4.0,   8.0,    16.0,   32.0,  64.0,
                                          128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0};

inline constexpr std::array<std::string_view, 3> reload_outcomes{"applied", "unchanged", "refused"};

/// The newest failure that an operator should know of. Thread rule: any thread.
class LastError {
 public:
    struct Entry {
        core::Timestamp time;
        std::string message;
    };
    void set(core::Timestamp time, std::string message);
    std::optional<Entry> get() const;

 private:
    mutable std::mutex mutex_;
    std::optional<Entry> entry_;
};

/// Requests by route and status, and the time that they took by route. Thread rule: any thread.
class HttpCounters {
 public:
    void count(std::string_view route, int status, std::chrono::nanoseconds time);
    std::map<std::pair<std::string, int>, std::uint64_t> requests() const;
    std::map<std::string, core::Sample> durations() const;

 private:
    struct OfRoute {
        std::map<int, std::uint64_t> by_status;
        Histogram seconds{seconds_bounds};
    };
    mutable std::mutex mutex_;
    std::map<std::string, OfRoute, std::less<>> routes_;
};

/// Refusals by door and cause. Thread rule: any thread.
class RefusalCounters {
 public:
    void count(std::string_view door, std::string_view cause);
    std::map<std::pair<std::string, std::string>, std::uint64_t> values() const;

 private:
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::uint64_t> values_;
};

struct Metrics {
    static constexpr std::size_t max_type_labels = 200;

    LabelledCounter events{max_type_labels};
    Counter duplicates;
    LabelledCounter refusals{8};  ///< by error code
    Histogram commit_seconds{seconds_bounds};
    Histogram fsync_seconds{seconds_bounds};
    Histogram commit_events{events_bounds};
    Counter commit_failures;
    Gauge queue_events;
    Histogram checkpoint_seconds{seconds_bounds};
    Counter checkpoint_failures;

    LabelledCounter removed{3};  ///< events that retention removed, by limit
    Counter given_back_bytes;
    Histogram retention_step_seconds{seconds_bounds};
    Counter retention_failures;
    Counter clock_jumps;
    Gauge retention_last_run;    ///< seconds since 1970
    Gauge oldest_event_seconds;  ///< the age of the first event that is not kept for ever
    Gauge age_clock_lag_seconds;

    Counter feed_published;
    Counter feed_overruns;
    Gauge feed_subscriptions;
    Counter intake_messages;
    Counter intake_replies_dropped;

    RefusalCounters access_refusals;
    Gauge spool_files;
    Gauge spool_bad_files;
    Gauge spool_oldest_seconds;
    Counter spool_drained;
    LabelledCounter spool_rejected{16};  ///< by reason

    HttpCounters http;
    Gauge http_connections;
    Counter http_connections_refused;

    LabelledCounter config_reloads{reload_outcomes.size()};
    Gauge config_last_reload_successful;
    Gauge config_loaded;  ///< microseconds since 1970

    LastError last_error;
};

/// Reads everything off, with the state of the log, as metric families named after Prometheus' conventions.
std::vector<core::MetricFamily> collect(const Metrics& metrics, const eventlog::LogStatus& log,
                                        std::uint64_t shed_connections, std::string_view version);

}  // namespace tocsin::daemon::metrics
