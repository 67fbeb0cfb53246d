// SPDX-License-Identifier: Apache-2.0
// What may change the log: the writing half of the API (CQRS), the same for every door.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/core/clock.hpp"
#include "common/core/uuid.hpp"
#include "common/event/trace_context.hpp"
#include "daemon/api/principal.hpp"
#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::api {

/// Looks at a draft between codec and log, and throws when it must not be stored.
using Check = std::function<void(const Principal&, const event::Draft&)>;

/// Refuses types that belong to the daemon (`denied`), events over 1 MiB (`too_large`) and bad ids and
/// sources.
void check_draft(const Principal& principal, const event::Draft& draft);

/// Thread rule: any thread.
class Commands {
 public:
    /// `check` is the one hook that every draft passes, through whichever door it came.
    Commands(eventlog::EventLog& log, const core::Clock& clock, Check check = check_draft);

    /// Throws what stands against any event of this principal: `denied`, or `unavailable` (`rate`). Doors ask
    /// before they read what was sent.
    void admit(const Principal& principal) const;

    /// Fills in what the drafts leave out, checks them and queues them. Throws what is wrong with them, with
    /// the line where there are many; `done` is called only when it does not throw. Nothing is committed
    /// before `flush()`.
    void emit(const Principal& principal, std::vector<event::Draft> drafts, const event::TraceContext& trace,
              eventlog::Completion done);

    /// The caller's burst is over: commit.
    void flush() { log_.flush(); }

 private:
    void complete(const Principal& principal, const event::TraceContext& trace, event::Draft& draft);

    eventlog::EventLog& log_;
    const core::Clock& clock_;
    Check check_;
    core::UuidSource ids_;
};

}  // namespace tocsin::daemon::api
