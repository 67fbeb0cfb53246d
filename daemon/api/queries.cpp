// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/queries.hpp"

#include <unistd.h>

#include <algorithm>

#include "common/core/error.hpp"
#include "daemon/api/delivery_metrics.hpp"

namespace tocsin::daemon::api {

using core::Code;
using core::Error;

/// Many sources and users may choose the same id, but not without end.
constexpr std::size_t max_same_id = 10'000;

namespace {

tocsin::api::RetentionReport report_of(const eventlog::RetentionStatus& retention, std::uint64_t kept) {
    const auto seconds = [](auto time) {
        return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(time).count());
    };
    return {.age_seconds = seconds(retention.options.age),
            .bytes = retention.options.bytes,
            .count = retention.options.count,
            .log_bytes = retention.log.bytes,
            .kept = kept,
            .held_by = retention.held_by,
            .removed = retention.removed,
            .last_removed = retention.last_removed,
            .clock_lag_seconds = seconds(retention.clock_lag)};
}

/// Who may not see every type is told the same of an event that is gone and of one that may not be seen.
std::string why_not_there(core::Seq seq, const eventlog::LogExtent& log, const eventlog::Patterns& allowed) {
    if (seq > log.head) return "the log ends at " + core::to_text(log.head);
    if (!allowed.empty()) return "the log does not hold it any more, or its type is none that you may read";
    if (seq >= log.first) return "it was lost: see 'missing' in 'tocsin status'";
    if (log.empty()) return "retention has removed all events up to " + core::to_text(log.head);
    return "retention has removed it; the log begins at " + core::to_text(log.first);
}

}  // namespace

Queries::Queries(const eventlog::EventLog& log, const metrics::Metrics& metrics, const DaemonInfo& daemon,
                 const core::Clock& clock)
    : log_(log), metrics_(metrics), daemon_(daemon), clock_(clock) {}

event::Event Queries::event(core::Seq seq, const eventlog::Patterns& allowed) const {
    auto found = log_.get(seq);
    if (found && event::any_matches(allowed, found->type.name())) return std::move(*found);
    throw Error(Code::not_found, "there is no event " + core::to_text(seq),
                why_not_there(seq, log_.extent(), allowed));
}

std::vector<event::TypeSummary> Queries::types(const eventlog::Patterns& allowed) const {
    std::vector<event::TypeSummary> types = log_.types();
    std::erase_if(types,
                  [&](const event::TypeSummary& type) { return !event::any_matches(allowed, type.type); });
    return types;
}

std::vector<event::Event> Queries::events_with_id(const std::string& id, const eventlog::Query& query) const {
    std::vector<event::Event> found = log_.find(id, max_same_id);
    std::erase_if(found, [&](const event::Event& event) {
        return event.seq <= query.after || event.seq >= query.before || !query.takes(event.type.name()) ||
               (!query.source.empty() && event.source != query.source);
    });
    if (query.order == eventlog::Order::descending) std::ranges::reverse(found);
    if (found.size() > query.limit)
        found.erase(found.begin() + static_cast<std::ptrdiff_t>(query.limit), found.end());
    return found;
}

tocsin::api::Head Queries::head() const {
    const eventlog::LogStatus log = log_.status();
    return {log.head, log.epoch};
}

tocsin::api::Status Queries::status() const {
    const eventlog::LogStatus log = log_.status();
    tocsin::api::Status status;
    status.version = daemon_.version;
    status.state = is_ready() ? "ready" : "stopping";
    status.pid = getpid();
    status.started = daemon_.started;
    status.uptime_seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(
        0, std::chrono::floor<std::chrono::seconds>(clock_.now() - daemon_.started).count()));
    status.epoch = log.epoch;
    status.first = log.first;
    status.head = log.head;
    status.events = log.events;
    status.connections =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, metrics_.http_connections.value()));
    status.subscriptions =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, metrics_.feed_subscriptions.value()));
    status.store = {log.path, log.database_bytes, log.wal_bytes, log.free_bytes, log.full_since, log.missing};
    status.retention = report_of(daemon_.retention(), log.kept);
    status.listeners = daemon_.listeners;
    status.configuration = daemon_.configuration();
    if (daemon_.spool) status.spool = daemon_.spool();
    if (const auto error = metrics_.last_error.get()) status.last_error = {error->time, error->message};
    return status;
}

std::vector<core::MetricFamily> Queries::metrics() const {
    auto families = metrics::collect(metrics_, log_.status(), daemon_.shed_connections(), daemon_.version);
    if (daemon_.pipelines) add_pipeline_metrics(daemon_.pipelines(), families);
    return families;
}

}  // namespace tocsin::daemon::api
