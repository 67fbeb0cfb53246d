// SPDX-License-Identifier: Apache-2.0
// What only reads: the other half of the API (CQRS). The wall is `const`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/api/reports.hpp"
#include "common/core/clock.hpp"
#include "daemon/eventlog/event_log.hpp"
#include "daemon/eventlog/retention.hpp"
#include "daemon/eventlog/selection.hpp"
#include "daemon/metrics/metrics.hpp"
#include "daemon/pipeline/pipeline.hpp"

namespace tocsin::daemon::api {

/// What the composition root knows about the running daemon and nobody below does.
struct DaemonInfo {
    std::string version;
    core::Timestamp started;
    std::vector<tocsin::api::Listener> listeners;
    std::function<bool()> is_stopping;
    std::function<std::uint64_t()> shed_connections;
    std::function<tocsin::api::ConfigurationStatus()> configuration;
    std::function<eventlog::RetentionStatus()> retention;
    std::function<std::optional<tocsin::api::SpoolStatus>()> spool;  ///< nothing without a spool
    std::function<std::vector<pipeline::Status>()> pipelines;
    std::function<void(const event::Author&)> require_none_spooled;  ///< see Queries
};

/// Thread rule: any thread.
class Queries {
 public:
    Queries(const eventlog::EventLog& log, const metrics::Metrics& metrics, const DaemonInfo& daemon,
            const core::Clock& clock);

    /// Throws `not_found` when no event has this place, or has it any more, or none that may be seen.
    event::Event event(core::Seq seq, const eventlog::Patterns& allowed) const;
    /// Of the events with this id, those that the query asks for.
    std::vector<event::Event> events_with_id(const std::string& id, const eventlog::Query& query) const;
    const eventlog::EventLog& log() const noexcept { return log_; }

    std::vector<event::TypeSummary> types(const eventlog::Patterns& allowed) const;
    tocsin::api::Head head() const;
    tocsin::api::Status status() const;
    std::vector<core::MetricFamily> metrics() const;
    /// Throws `unavailable` while events of this author wait in the spool, so that one sent now would
    /// overtake them.
    void require_none_spooled(const event::Author& author) const {
        if (daemon_.require_none_spooled) daemon_.require_none_spooled(author);
    }
    bool is_ready() const { return !daemon_.is_stopping(); }

 private:
    const eventlog::EventLog& log_;
    const metrics::Metrics& metrics_;
    const DaemonInfo& daemon_;
    const core::Clock& clock_;
};

}  // namespace tocsin::daemon::api
