// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/connection/target.hpp"
#include "cli/output/event_text.hpp"
#include "common/core/sequence.hpp"

namespace tocsin::cli::commands {
namespace {

using core::Code;
using core::ExitStatus;
using output::Form;

constexpr Synopsis synopsis{
    "SEQUENCE | ID", "Print an event by its place in the log, or by its id.",
    R"(Digits mean a sequence; --by-id takes them for an id. Events of several sources may share an id: all of
them are printed, the newest last.

Examples:
  tocsin get 4711
  tocsin get order-7 --json
  tocsin get --by-id 4711
)"};

std::vector<std::string> events_by_id(connection::Connection& connection, const std::string& id) {
    connection::Target target("/v1/events");
    target.with("id", id).with("order", "asc").with("limit", "1000");
    const std::string body = fetch(connection, target.text());
    std::vector<std::string> events;
    for (const auto& member : output::raw_members(body))
        if (member.name == "events")
            for (const auto item : output::raw_items(member.value)) events.emplace_back(item);
    if (events.empty())
        throw core::Error(Code::not_found, "no event has the id '" + id + "'",
                          "look around with tocsin tail, or name the sequence");
    return events;
}

std::vector<std::string> find(connection::Connection& connection, const std::string& word, bool by_id) {
    const auto seq = by_id ? std::nullopt : core::parse_sequence(word);
    if (!seq) return events_by_id(connection, word);
    std::string event =
        fetch(connection, "/v1/events/" + core::to_text(*seq), "application/cloudevents+json");
    event.erase(event.find_last_not_of(" \r\n") + 1);
    return {std::move(event)};
}

}  // namespace

ExitStatus get(const Call& call, output::Console& console) {
    bool by_id = false;
    Form form = Form::human;
    Options options(call, synopsis);
    options.flag("--by-id", by_id, "Take digits for an id").json(form, "Print each event as a line of JSON");
    const auto words = options.read(console);
    if (!words) return ExitStatus::ok;
    if (words->size() != 1) throw usage_error("get", "name one sequence or id");

    connection::Connection connection(options.socket());
    std::string_view gap;
    for (const std::string& event : find(connection, words->front(), by_id)) {
        if (form == Form::json) {
            console.out().line(event);
            continue;
        }
        console.out().write(gap);
        console.out().write(output::event_page(output::RawEvent(event), console.paint()));
        gap = "\n";
    }
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
