// SPDX-License-Identifier: Apache-2.0
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::metrics {
namespace {

using core::MetricFamily;
using core::Sample;
using Kind = MetricFamily::Kind;

Sample plain(double value) {
    Sample sample;
    sample.value = value;
    return sample;
}

Sample labelled(std::string name, std::string label, std::uint64_t value) {
    Sample sample = plain(static_cast<double>(value));
    sample.labels.emplace_back(std::move(name), std::move(label));
    return sample;
}

MetricFamily counter(std::string name, std::string help, const Counter& value) {
    return {std::move(name), std::move(help), Kind::counter, {plain(static_cast<double>(value.value()))}};
}

MetricFamily gauge(std::string name, std::string help, double value) {
    return {std::move(name), std::move(help), Kind::gauge, {plain(value)}};
}

MetricFamily gauge(std::string name, std::string help, const Gauge& value) {
    return gauge(std::move(name), std::move(help), static_cast<double>(value.value()));
}

MetricFamily histogram(std::string name, std::string help, const Histogram& value) {
    return {std::move(name), std::move(help), Kind::histogram, {value.sample()}};
}

MetricFamily by_label(std::string name, std::string help, const std::string& label,
                      const LabelledCounter& counts) {
    MetricFamily family{std::move(name), std::move(help), Kind::counter, {}};
    for (const auto& [value, count] : counts.values())
        family.samples.push_back(labelled(label, value, count));
    return family;
}

void add_log(const Metrics& metrics, const eventlog::LogStatus& log, std::vector<MetricFamily>& out) {
    out.push_back(by_label("tocsin_events_total", "Events stored, by type.", "type", metrics.events));
    out.push_back(counter("tocsin_duplicates_total", "Events that were stored before.", metrics.duplicates));
    out.push_back(
        by_label("tocsin_refusals_total", "Batches refused, by error code.", "code", metrics.refusals));
    out.push_back(
        histogram("tocsin_commit_seconds", "Time of a commit, fsync included.", metrics.commit_seconds));
    out.push_back(
        histogram("tocsin_fsync_seconds", "Time of an fsync of the write-ahead log.", metrics.fsync_seconds));
    out.push_back(histogram("tocsin_commit_events", "Events that shared a commit.", metrics.commit_events));
    out.push_back(counter("tocsin_commit_failures_total", "Commits that failed.", metrics.commit_failures));
    out.push_back(gauge("tocsin_queue_events", "Events that wait for a commit.", metrics.queue_events));
    out.push_back(
        histogram("tocsin_checkpoint_seconds", "Time of a checkpoint.", metrics.checkpoint_seconds));
    out.push_back(
        counter("tocsin_checkpoint_failures_total", "Checkpoints that failed.", metrics.checkpoint_failures));
    out.push_back(
        gauge("tocsin_store_bytes", "Size of the database file.", static_cast<double>(log.database_bytes)));
    out.push_back(
        gauge("tocsin_wal_bytes", "Size of the write-ahead log.", static_cast<double>(log.wal_bytes)));
    out.push_back(gauge("tocsin_store_free_bytes", "What the store's file system has left.",
                        static_cast<double>(log.free_bytes)));
    out.push_back(gauge("tocsin_store_full", "1 while events are refused for want of disk space.",
                        log.full_since ? 1 : 0));
    out.push_back(
        gauge("tocsin_head_sequence", "The last sequence committed.", static_cast<double>(log.head)));
    out.push_back(gauge("tocsin_log_events", "Events in the log.", static_cast<double>(log.events)));
}

void add_retention(const Metrics& metrics, std::vector<MetricFamily>& out) {
    out.push_back(by_label("tocsin_retention_removed_events_total",
                           "Old events removed, by the limit that asked for it.", "limit", metrics.removed));
    out.push_back(counter("tocsin_retention_given_back_bytes_total", "Room given back to the file system.",
                          metrics.given_back_bytes));
    out.push_back(histogram("tocsin_retention_step_seconds",
                            "Time that commits may have waited for a step of retention.",
                            metrics.retention_step_seconds));
    out.push_back(counter("tocsin_retention_failures_total", "Steps of retention that failed.",
                          metrics.retention_failures));
    out.push_back(gauge("tocsin_retention_last_run_timestamp_seconds",
                        "When retention last looked whether anything has to go.",
                        metrics.retention_last_run));
    out.push_back(gauge("tocsin_log_oldest_event_seconds",
                        "Age of the oldest event, but for those that are never removed.",
                        metrics.oldest_event_seconds));
    out.push_back(counter("tocsin_clock_jumps_total", "Times that the wall clock was seen to jump.",
                          metrics.clock_jumps));
    out.push_back(gauge("tocsin_retention_clock_lag_seconds",
                        "How far ages are measured behind the wall clock, which has jumped.",
                        metrics.age_clock_lag_seconds));
}

void add_doors(const Metrics& metrics, std::uint64_t shed, std::vector<MetricFamily>& out) {
    out.push_back(
        counter("tocsin_feed_messages_total", "Messages published on the feed.", metrics.feed_published));
    out.push_back(
        counter("tocsin_feed_overruns_total",
                "Times that a subscriber's queue ran full, so that it misses messages until it has read on.",
                metrics.feed_overruns));
    out.push_back(gauge("tocsin_feed_subscriptions", "Distinct topics that subscribers asked for.",
                        metrics.feed_subscriptions));
    out.push_back(
        counter("tocsin_intake_messages_total", "Messages received on the intake.", metrics.intake_messages));
    out.push_back(counter("tocsin_intake_replies_dropped_total",
                          "Intake replies whose client was gone or did not read.",
                          metrics.intake_replies_dropped));
    out.push_back(gauge("tocsin_http_connections", "Open HTTP connections.", metrics.http_connections));
    out.push_back(counter("tocsin_http_connections_refused_total", "HTTP connections refused over the limit.",
                          metrics.http_connections_refused));
    out.push_back({"tocsin_shed_connections_total",
                   "Connections closed because descriptors ran out.",
                   Kind::counter,
                   {plain(static_cast<double>(shed))}});
}

void add_refusals(const RefusalCounters& refusals, std::vector<MetricFamily>& out) {
    MetricFamily family{"tocsin_access_refusals_total",
                        "What somebody was not let do, by door and cause.",
                        Kind::counter,
                        {}};
    for (const auto& [key, count] : refusals.values()) {
        Sample sample = labelled("door", key.first, count);
        sample.labels.emplace_back("cause", key.second);
        family.samples.push_back(std::move(sample));
    }
    out.push_back(std::move(family));
}

void add_spool(const Metrics& metrics, std::vector<MetricFamily>& out) {
    out.push_back(gauge("tocsin_spool_files", "Files that wait in the spool.", metrics.spool_files));
    out.push_back(gauge("tocsin_spool_oldest_seconds", "Age of the oldest file that waits in the spool.",
                        metrics.spool_oldest_seconds));
    out.push_back(
        counter("tocsin_spool_drained_total", "Events taken in from the spool.", metrics.spool_drained));
    out.push_back(by_label("tocsin_spool_rejected_total",
                           "Files of the spool that were set aside, by reason.", "reason",
                           metrics.spool_rejected));
    out.push_back(
        gauge("tocsin_spool_bad_files", "Files of the spool that lie aside.", metrics.spool_bad_files));
}

void add_http(const HttpCounters& http, std::vector<MetricFamily>& out) {
    MetricFamily requests{
        "tocsin_http_requests_total", "HTTP requests, by route and status.", Kind::counter, {}};
    for (const auto& [key, count] : http.requests()) {
        Sample sample = labelled("route", key.first, count);
        sample.labels.emplace_back("status", std::to_string(key.second));
        requests.samples.push_back(std::move(sample));
    }
    MetricFamily seconds{
        "tocsin_http_request_seconds", "Time from request to reply, by route.", Kind::histogram, {}};
    for (auto& [route, sample] : http.durations()) {
        seconds.samples.push_back(sample);
        seconds.samples.back().labels.emplace_back("route", route);
    }
    out.push_back(std::move(requests));
    out.push_back(std::move(seconds));
}

void add_configuration(const Metrics& metrics, std::vector<MetricFamily>& out) {
    out.push_back(by_label("tocsin_config_reloads_total", "Reloads of the configuration, by outcome.",
                           "outcome", metrics.config_reloads));
    out.push_back(gauge("tocsin_config_last_reload_successful", "0 when the last reload was refused.",
                        metrics.config_last_reload_successful));
    out.push_back(gauge("tocsin_config_last_reload_success_timestamp_seconds",
                        "When the configuration was last read without a mistake.",
                        static_cast<double>(metrics.config_loaded.value()) / 1e6));
}

}  // namespace

void LastError::set(core::Timestamp time, std::string message) {
    const std::lock_guard lock(mutex_);
    entry_ = Entry{time, std::move(message)};
}

std::optional<LastError::Entry> LastError::get() const {
    const std::lock_guard lock(mutex_);
    return entry_;
}

void HttpCounters::count(std::string_view route, int status, std::chrono::nanoseconds time) {
    const std::lock_guard lock(mutex_);
    auto found = routes_.find(route);
    if (found == routes_.end()) found = routes_.try_emplace(std::string(route)).first;
    ++found->second.by_status[status];
    found->second.seconds.observe(time);
}

std::map<std::pair<std::string, int>, std::uint64_t> HttpCounters::requests() const {
    const std::lock_guard lock(mutex_);
    std::map<std::pair<std::string, int>, std::uint64_t> requests;
    for (const auto& [route, counts] : routes_)
        for (const auto& [status, count] : counts.by_status)
            requests.emplace(std::pair(route, status), count);
    return requests;
}

void RefusalCounters::count(std::string_view door, std::string_view cause) {
    const std::lock_guard lock(mutex_);
    ++values_[{std::string(door), std::string(cause)}];
}

std::map<std::pair<std::string, std::string>, std::uint64_t> RefusalCounters::values() const {
    const std::lock_guard lock(mutex_);
    return values_;
}

std::map<std::string, core::Sample> HttpCounters::durations() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, core::Sample> samples;
    for (const auto& [route, counts] : routes_) samples.emplace(route, counts.seconds.sample());
    return samples;
}

std::vector<MetricFamily> collect(const Metrics& metrics, const eventlog::LogStatus& log,
                                  std::uint64_t shed_connections, std::string_view version) {
    std::vector<MetricFamily> families;
    families.push_back({"tocsin_build_info",
                        "The version that runs.",
                        Kind::gauge,
                        {labelled("version", std::string(version), 1)}});
    add_log(metrics, log, families);
    add_retention(metrics, families);
    add_doors(metrics, shed_connections, families);
    add_refusals(metrics.access_refusals, families);
    add_spool(metrics, families);
    add_http(metrics.http, families);
    add_configuration(metrics, families);
    if (const auto error = metrics.last_error.get())
        families.push_back(gauge("tocsin_last_error_timestamp_seconds", "When the newest failure was logged.",
                                 static_cast<double>(core::to_microseconds(error->time)) / 1e6));
    return families;
}

}  // namespace tocsin::daemon::metrics
