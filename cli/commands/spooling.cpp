// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/spooling.hpp"

#include <algorithm>
#include <thread>

#include "common/core/exit_status.hpp"
#include "common/core/text.hpp"
#include "common/event/json_check.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::cli::commands {

using core::Code;
using core::Error;

namespace {

Error not_strict() {
    return {Code::invalid,
            "not valid JSON in UTF-8, or a name stands twice in one object, or it is nested too deeply",
            "check it with a JSON tool such as jq"};
}

}  // namespace

Bus bus_at(const std::string& socket, Spooling spooling) {
    Bus bus{socket, std::nullopt};
    if (spooling == Spooling::never) return bus;
    if (auto folder = connection::find_spool(socket, core::process_environment))
        bus.spool.emplace(*std::move(folder));
    return bus;
}

connection::Target emit_target(const Bus& bus) {
    connection::Target target("/v1/events");
    if (bus.spool) target.with("behind", "spool");
    return target;
}

bool is_for_the_spool(const Error& error) noexcept {
    return error.code() == Code::unavailable && error.reason() != core::Reason::rate;
}

void write_to_spool(connection::Spool& spool, const api::SpoolHeader& header, std::string_view lines,
                    const Error& why) {
    try {
        spool.write(header, lines);
    } catch (const core::Exit& error) {
        throw core::Exit(error.status(), error.code(), std::string(why.what()) + ", and " + error.what(),
                         error.hint());
    }
}

std::string spool_line(const event::Draft& draft) {
    draft.type.require_free();
    const bool has_json = draft.data.kind == event::Data::Kind::json;
    if (has_json && !event::is_strict_json(draft.data.bytes)) throw not_strict();
    std::string line;
    event::append_json(draft, line);
    // JSON has line ends between tokens only, where they are white space
    std::ranges::replace(line, '\n', ' ');
    std::ranges::replace(line, '\r', ' ');
    line += '\n';
    return line;
}

void check_lines(std::string_view lines) {
    for (std::size_t number = 1; !lines.empty(); ++number) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        if (!core::is_utf8(line) || !event::is_strict_json(line)) throw not_strict().at_line(number);
        if (line.size() > 2 * event::max_event_bytes)  // names and white space are not counted in the end
            throw Error(Code::too_large,
                        "the line has " + std::to_string(line.size()) + " bytes; the limit of an event is " +
                            std::to_string(event::max_event_bytes),
                        "store the data elsewhere and send where it is")
                .at_line(number);
    }
}

connection::Reply call_within_rate(connection::Connection& connection, const connection::Request& request,
                                   const connection::Deadline& deadline,
                                   const std::function<void()>& meanwhile) {
    constexpr unsigned too_many_requests = 429;
    connection::Reply reply = connection.call(request, deadline, meanwhile);
    while (reply.status == too_many_requests) {
        const auto pause = std::max(reply.retry_after, std::chrono::seconds(1));
        if (deadline.passed_in(pause)) break;
        std::this_thread::sleep_for(pause);
        reply = connection.call(request, deadline);
    }
    return reply;
}

}  // namespace tocsin::cli::commands
