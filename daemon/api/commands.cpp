// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/commands.hpp"

#include <utility>

#include "common/core/error.hpp"
#include "common/core/paths.hpp"
#include "common/core/text.hpp"
#include "common/event/trace_context.hpp"

namespace tocsin::daemon::api {
namespace {

using core::Code;
using core::Error;

void check_text(std::string_view name, const std::string& text, std::size_t max_bytes) {
    if (text.empty() || text.size() > max_bytes || !core::is_printable_utf8(text))
        throw Error(Code::invalid,
                    "'" + std::string(name) + "' is empty, longer than " + std::to_string(max_bytes) +
                        " bytes, or holds control characters",
                    "give it printable text, or leave it out");
}

/// For those who may emit some types only.
void require_types(const Principal& principal, const std::vector<event::Draft>& drafts) {
    for (const event::Draft& draft : drafts) {
        try {
            principal.require(Scope::emit, draft.type.name());
        } catch (const Error& error) {
            throw error.at_line(draft.line);
        }
    }
}

}  // namespace

void check_draft(const Principal&, const event::Draft& draft) {
    draft.type.require_free();
    check_text("source", draft.source, event::max_source_bytes);
    check_text("id", draft.id, event::max_id_bytes);
    if (draft.size_bytes() > event::max_event_bytes)
        throw Error(Code::too_large,
                    "the event has " + std::to_string(draft.size_bytes()) + " bytes, the limit is " +
                        std::to_string(event::max_event_bytes),
                    "store the data elsewhere and send where it is");
}

Commands::Commands(eventlog::EventLog& log, const core::Clock& clock, Check check)
    : log_(log), clock_(clock), check_(std::move(check)) {}

void Commands::complete(const Principal& principal, const event::TraceContext& trace, event::Draft& draft) {
    if (draft.id_origin == event::IdOrigin::minted) draft.id = core::to_text(ids_.next(clock_.now()));
    if (draft.source.empty()) draft.source = core::default_source(principal.author.name);
    if (!trace.traceparent.empty()) add_trace(trace, draft.attributes);
}

void Commands::admit(const Principal& principal) const {
    principal.require(Scope::emit);
    principal.require_room(clock_);
}

void Commands::emit(const Principal& principal, std::vector<event::Draft> drafts,
                    const event::TraceContext& trace, eventlog::Completion done) {
    principal.require(Scope::emit);
    if (drafts.empty()) throw Error(Code::invalid, "there is no event", "send at least one");
    if (!principal.grants.has_whole(Scope::emit)) require_types(principal, drafts);
    for (event::Draft& draft : drafts) {
        try {
            complete(principal, trace, draft);
            check_(principal, draft);
        } catch (const Error& error) {
            throw error.at_line(draft.line);
        }
    }
    principal.take_room(drafts.size(), clock_);
    log_.append({principal.author, std::move(drafts)}, std::move(done));
}

}  // namespace tocsin::daemon::api
