// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/handlers.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "common/api/receipts.hpp"
#include "common/api/reports.hpp"
#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "common/event/json_text.hpp"
#include "daemon/api/request_drafts.hpp"

namespace tocsin::daemon::api {
namespace {

using core::Code;
using core::Error;
using core::Seq;
using eventlog::Order;
using eventlog::Position;
using eventlog::Query;
using eventlog::Selection;

constexpr std::size_t default_page = 100;
constexpr std::size_t max_page = 1000;

Seq read_sequence(std::string_view name, const std::string& text) {
    if (const auto seq = core::parse_sequence(text)) return *seq;
    throw Error(Code::invalid, std::string(name) + " '" + text + "' is not a sequence",
                "write 1 to 16 digits");
}

std::uint64_t read_count(std::string_view name, const std::string& text, std::uint64_t low,
                         std::uint64_t high) {
    const auto value = core::parse_number<std::uint64_t>(text);
    if (!value || *value < low || *value > high)
        throw Error(Code::invalid, std::string(name) + " '" + text + "' is not a number in its range",
                    "write " + std::to_string(low) + " to " + std::to_string(high));
    return *value;
}

Position read_position(std::string_view name, const std::string& text) {
    if (text == "beginning" && name == "since") return Seq{1};
    if (const auto seq = core::parse_sequence(text)) return *seq;
    if (const auto time = core::parse_rfc3339(text)) return *time;
    throw Error(Code::invalid, std::string(name) + " '" + text + "' is neither a sequence nor a time",
                "write digits, or RFC 3339 as in 2026-01-31T12:00:00Z");
}

Selection read_selection(const Request& request) {
    Selection selection;
    selection.allowed = request.principal.grants.limits(Scope::read);
    for (const std::string& pattern : request.parameters.all("type"))
        selection.types.push_back(event::TopicPattern::parse(pattern));
    selection.source = request.parameters.one("source").value_or("");
    if (const auto after = request.parameters.one("after")) selection.after = read_sequence("after", *after);
    if (const auto since = request.parameters.one("since")) selection.since = read_position("since", *since);
    if (const auto until = request.parameters.one("until")) selection.until = read_position("until", *until);
    return selection;
}

template <class Choice>
Choice read_choice(const Request& request, std::string_view name,
                   std::pair<std::string_view, Choice> standard, std::pair<std::string_view, Choice> other) {
    const auto text = request.parameters.one(name);
    if (!text || *text == standard.first) return standard.second;
    if (*text == other.first) return other.second;
    throw Error(Code::invalid, std::string(name) + " '" + *text + "' is not known",
                "write '" + std::string(standard.first) + "' or '" + std::string(other.first) + "'");
}

std::string events_json(const std::vector<event::Event>& events, Seq scanned_to) {
    std::string body = "{\"events\":[";
    for (const event::Event& event : events) {
        if (&event != &events.front()) body += ',';
        event::append_json(event, body);
    }
    body += "],\"scanned_to\":\"";
    core::append_sequence(scanned_to, body);
    return body += "\"}";
}

/// Reads on until the page is full, the range ends or time is up: other clients wait meanwhile. A page that
/// ends early says so by where it has come to.
eventlog::Page read_page(const eventlog::EventLog& log, Query query) {
    constexpr std::chrono::milliseconds patience{50};
    const auto deadline = std::chrono::steady_clock::now() + patience;
    eventlog::Page page = log.read(query);
    const auto goes_on = [&] {
        return page.end == eventlog::Page::End::more && page.events.size() < query.limit &&
               page.bytes < query.max_bytes && std::chrono::steady_clock::now() < deadline;
    };
    while (goes_on()) {
        Query rest = query;
        (query.order == Order::ascending ? rest.after : rest.before) = page.scanned_to;
        rest.limit = query.limit - page.events.size();
        eventlog::Page next = log.read(rest);
        std::ranges::move(next.events, std::back_inserter(page.events));
        page.bytes += next.bytes;
        page.scanned_to = next.scanned_to;
        page.end = next.end;
    }
    return page;
}

/// Where a stream begins: behind what the client has seen, at the place that it names, or at the head. `last`
/// is looked for by the door, piece by piece.
Query stream_query(const Context& context, const Request& request, std::optional<std::size_t>& last) {
    const eventlog::EventLog& log = context.queries.log();
    const Seq head = log.head();
    Selection selection = read_selection(request);
    if (const std::string_view seen = request.header("last-event-id"); !seen.empty())
        selection.after = read_sequence("Last-Event-ID", std::string(seen));
    // A client that comes back goes on behind what it has seen, however it had begun.
    const auto text = selection.after ? std::nullopt : request.parameters.one("last");
    if (text) last = read_count("last", *text, 0, 1'000'000);
    Query query = eventlog::to_query(selection, log);
    if (!selection.after && !selection.since && !last) query.after = head;
    return query;
}

}  // namespace

void emit_events(const Context& context, const Request& request, const Answer& answer) {
    context.commands.admit(request.principal);
    if (const auto behind = request.parameters.one("behind")) {
        if (*behind != "spool")
            throw Error(Code::invalid, "behind '" + *behind + "' is not known", "write 'spool'");
        context.queries.require_none_spooled(request.principal.author);
    }
    const event::TraceContext trace{std::string(request.header("traceparent")),
                                    std::string(request.header("tracestate"))};
    context.commands.emit(request.principal, read_drafts(request, context.codec), trace,
                          [answer](eventlog::AppendResult&& result) {
                              if (const Error* error = std::get_if<Error>(&result))
                                  return answer(to_response(*error));
                              const auto& receipts = std::get<std::vector<event::Receipt>>(result);
                              answer({200, "application/json", tocsin::api::receipts_json(receipts), {}});
                          });
}

Response list_events(const Context& context, const Request& request) {
    const auto limit_text = request.parameters.one("limit");
    const auto limit = limit_text ? read_count("limit", *limit_text, 1, max_page) : default_page;
    Query query = eventlog::to_query(read_selection(request), context.queries.log());
    query.limit = limit;
    query.order =
        read_choice<Order>(request, "order", {"asc", Order::ascending}, {"desc", Order::descending});
    if (const auto id = request.parameters.one("id"))
        return {200,
                "application/json",
                events_json(context.queries.events_with_id(*id, query), context.queries.log().head()),
                {}};
    const eventlog::Page page = read_page(context.queries.log(), query);
    return {200, "application/json", events_json(page.events, page.scanned_to), {}};
}

Stream stream_events(const Context& context, const Request& request) {
    Stream stream;
    stream.query = stream_query(context, request, stream.last);
    stream.follow = read_choice<Stream::Follow>(request, "follow", {"true", Stream::Follow::yes},
                                                {"false", Stream::Follow::no});
    if (const auto until = request.parameters.one("until"); until && stream.follow == Stream::Follow::yes)
        if (const auto time = core::parse_rfc3339(*until);
            time && context.queries.log().seek(*time) > context.queries.log().head()) {
            stream.until = time;
            stream.query.before = core::max_sequence + 1;
        }
    if (stream.follow == Stream::Follow::no)
        stream.query.before = std::min(stream.query.before, context.queries.log().head() + 1);
    if (request.header("accept").find("text/event-stream") != std::string_view::npos)
        stream.format = Stream::Format::sse;
    if (const auto limit = request.parameters.one("limit"))
        stream.limit = read_count("limit", *limit, 1, core::max_sequence);
    return stream;
}

Response get_event(const Context& context, const Request& request) {
    const event::Event event = context.queries.event(read_sequence("sequence", request.path_argument),
                                                     request.principal.grants.limits(Scope::read));
    Response response{200, "application/cloudevents+json", {}, {}};
    event::append_json(event, response.body);
    return response;
}

Response list_types(const Context& context, const Request& request) {
    const eventlog::Patterns& allowed = request.principal.grants.limits(Scope::read);
    return {200, "application/json", tocsin::api::types_json(context.queries.types(allowed)), {}};
}

Response get_head(const Context& context, const Request&) {
    return {200, "application/json", tocsin::api::head_json(context.queries.head()), {}};
}

/// It tells of the whole log, and its errors may name any event.
Response get_status(const Context& context, const Request& request) {
    request.principal.require_whole(Scope::read);
    return {200, "application/json", tocsin::api::status_json(context.queries.status()), {}};
}

void get_backup(const Context& context, const Request&, const Answer& answer) {
    context.queries.log().back_up([answer](eventlog::BackupResult&& result) {
        if (const Error* error = std::get_if<Error>(&result)) return answer(to_response(*error));
        answer({200,
                "application/vnd.sqlite3",
                {},
                {},
                std::get<std::shared_ptr<const eventlog::Backup>>(result)});
    });
}

Response get_health(const Context&, const Request&) {
    return {200, "application/json", "{\"status\":\"ok\"}", {}};
}

Response get_ready(const Context& context, const Request&) {
    if (!context.queries.is_ready())
        throw Error::unavailable(core::Reason::stopping, "the daemon is stopping", "try again in a moment");
    return {200, "application/json", "{\"status\":\"ok\"}", {}};
}

/// They tell of the whole log, and their labels name types.
Response get_metrics(const Context& context, const Request& request) {
    request.principal.require_whole(Scope::read);
    const auto families = context.queries.metrics();
    if (request.header("accept").find("application/json") != std::string_view::npos)
        return {200, "application/json", tocsin::api::metrics_json(families), {}};
    return {200, "text/plain; version=0.0.4; charset=utf-8", context.exposition(families), {}};
}

}  // namespace tocsin::daemon::api
