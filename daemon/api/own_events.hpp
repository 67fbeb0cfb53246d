// SPDX-License-Identifier: Apache-2.0
// What the daemon says about itself, as events of its own log: types under `tocsin.daemon.`, which no client
// may emit.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/core/clock.hpp"
#include "common/core/uuid.hpp"
#include "daemon/api/audit.hpp"
#include "daemon/eventlog/event_log.hpp"
#include "daemon/pipeline/notice.hpp"

namespace tocsin::daemon::api {

/// Stored with the author `system` and the source `//HOST/tocsind`. What the log refuses because its disk is
/// full waits for `retry`; any other refusal makes a line in the daemon's log, nothing more. Thread rule: any
/// thread, but no committing one.
class OwnEvents {
 public:
    /// So many wait, then the oldest is given up.
    static constexpr std::size_t most_waiting = 1000;

    /// Whether they are stored at all.
    enum class Keep { yes, no };

    OwnEvents(eventlog::EventLog& log, const core::Clock& clock, Keep keep);

    /// `tocsin.daemon.started`: `version`, `pid`, `epoch`, `head` (the last sequence that the start found).
    void started(std::string_view version);
    /// `tocsin.daemon.stopped`: `reason`. The last event before an orderly end.
    void stopped(std::string_view reason);
    /// `tocsin.daemon.reloaded`: `changed`, the keys of the configuration that have other values now.
    void reloaded(std::span<const std::string> changed);
    /// `tocsin.daemon.refused`: `who`, `cause`, `what` (as `POST /v1/events`), `door`, `origin`, `message`,
    /// and how many of the same principal were `left_out` since the last one.
    void refused(const Refusal& refusal);
    /// `tocsin.pipeline.down`, `.up`, `.dead`, `.overrun`, `.stuck`, `.disabled`, `.enabled`: `pipeline`, its
    /// `reason`, and the events that it concerns as `first`, `last` and `count`.
    void pipeline(const pipeline::Notice& notice);

    /// Tries to store what waits. From time to time.
    void retry();

 private:
    struct Waiting;
    void append(std::string_view type, std::string data);
    void append(event::Draft draft);

    eventlog::EventLog& log_;
    const core::Clock& clock_;
    const Keep keep_;
    core::UuidSource ids_;
    const std::shared_ptr<Waiting>
        waiting_;  // shared with appends on their way: they may end later than this
};

}  // namespace tocsin::daemon::api
