// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"
#include "common/api/configuration.hpp"

namespace tocsin::cli::commands {
namespace {

using core::ExitStatus;
using output::Form;

constexpr Synopsis synopsis{
    "[LEVEL]", "Tell or set the daemon's log level: debug, info, warning or error.",
    R"(A level that is set lasts until the daemon restarts, or until a reload that changes log.level in the configuration.

Examples:
  tocsin log-level
  tocsin log-level debug
)"};

void check(const std::vector<std::string>& words) {
    if (words.size() > 1) throw usage_error("log-level", "unexpected word '" + words[1] + "'");
    if (!words.empty() && std::ranges::find(api::log_levels, words[0]) == api::log_levels.end())
        throw usage_error("log-level", "'" + words[0] + "' is no level; write debug, info, warning or error");
}

}  // namespace

ExitStatus log_level(const Call& call, output::Console& console) {
    Form form = Form::human;
    Options options(call, synopsis);
    options.json(form, "Print the daemon's answer as JSON");
    const auto words = options.read(console);
    if (!words) return ExitStatus::ok;
    check(*words);
    const std::string body = words->empty() ? "" : api::log_level_json(words->front());
    connection::Request request{"GET", "/v1/log-level", {}, {}};
    if (!body.empty()) request = {"POST", "/v1/log-level", {{"Content-Type", "application/json"}}, body};
    connection::Connection connection(options.socket());
    const auto deadline = connection::Deadline::in(question_limit);
    const std::string answer = body_of(connection.call(request, deadline), connection.path());
    if (form == Form::json)
        console.out().line(answer);
    else if (words->empty())
        console.out().line(api::parse_log_level(answer));
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
