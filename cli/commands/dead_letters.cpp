// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/dead_letters.hpp"

#include <algorithm>
#include <array>

#include "cli/commands/client.hpp"
#include "cli/output/raw_json.hpp"
#include "cli/output/terminal_text.hpp"
#include "common/core/text.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::cli::commands {
namespace {

/// Each may hold an event of a megabyte, and what a program printed.
constexpr std::uint64_t page_size = 100;

std::string page_target(const DeadChoice& choice, std::uint64_t after, std::uint64_t size) {
    connection::Target target("/v1/dead");
    add_choice(choice, target);
    if (after > 0) target.with("after", std::to_string(after));
    return target.with("limit", std::to_string(size)).text();
}

std::vector<api::DeadReport> read_page(std::string_view body) {
    std::vector<api::DeadReport> letters;
    for (const output::RawMember& member : output::raw_members(body))
        if (member.name == "dead")
            for (const std::string_view item : output::raw_items(member.value))
                letters.push_back(read_dead_letter(item));
    return letters;
}

/// What the daemon sets, and what an earlier death has left.
bool is_replaced(std::string_view name) {
    constexpr std::array<std::string_view, 9> names{"sequence",     "recordedtime", "authtype",
                                                    "authid",       "deadid",       "deadpipeline",
                                                    "deadattempts", "deadresult",   "deadtime"};
    return std::ranges::find(names, name) != names.end();
}

/// CloudEvents has no empty attributes, and none with control characters or noncharacters.
void add_attribute(std::string_view name, std::string_view text, std::string& out) {
    const std::string value = output::printable(text);
    if (value.empty() || !core::is_printable_utf8(value)) return;
    out += ",\"" + std::string(name) + "\":";
    event::append_json_string(value, out);
}

}  // namespace

void add_choice(const DeadChoice& choice, connection::Target& target) {
    if (choice.pipeline) target.with("pipeline", *choice.pipeline);
    if (choice.since) target.with("since", core::to_rfc3339(*choice.since));
}

api::DeadReport read_dead_letter(std::string_view json) {
    api::DeadReport letter = api::parse_dead_letter(json);
    letter.event = output::RawEvent(json).raw("event");
    return letter;
}

std::uint64_t for_each_dead_letter(connection::Connection& connection, const DeadChoice& choice,
                                   std::optional<std::uint64_t> limit,
                                   const std::function<void(const api::DeadReport&)>& take) {
    const std::uint64_t most = limit.value_or(UINT64_MAX);
    std::uint64_t count = 0;
    for (std::uint64_t after = 0; count < most;) {
        const std::string body =
            fetch(connection, page_target(choice, after, std::min(most - count, page_size)));
        const std::vector<api::DeadReport> letters = read_page(body);
        if (letters.empty()) break;
        for (const api::DeadReport& letter : letters) take(letter);
        count += letters.size();
        after = letters.back().id;
    }
    return count;
}

std::string draft_line(const api::DeadReport& letter) {
    std::string line;
    for (const output::RawMember& member : output::raw_members(letter.event)) {
        if (is_replaced(member.name)) continue;
        line += line.empty() ? "{\"" : ",\"";
        line += std::string(member.name) + "\":" + std::string(member.value);
    }
    add_attribute("deadid", std::to_string(letter.id), line);
    add_attribute("deadpipeline", letter.pipeline, line);
    line += ",\"deadattempts\":" + std::to_string(letter.attempts);
    add_attribute("deadresult", letter.last_result, line);
    add_attribute("deadtime", core::to_rfc3339(letter.since), line);
    return line + "}";
}

}  // namespace tocsin::cli::commands
