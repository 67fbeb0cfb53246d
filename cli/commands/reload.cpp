// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/output/terminal_text.hpp"
#include "common/api/configuration.hpp"
#include "common/api/problem.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::commands {
namespace {

using core::ExitStatus;
using output::Form;

constexpr Synopsis synopsis{
    "", "Have the daemon read its configuration anew. It takes all of it, or nothing.",
    R"(Mistakes, and changed keys that need a restart, are told as FILE:LINE:COLUMN: what is wrong; what to write instead.
The daemon then goes on as before, and the exit status is 78.

Examples:
  tocsin config check && tocsin reload
  tocsin reload --json | jq -r '.changed[]'
)"};

std::string sentence(const api::Reloaded& reloaded) {
    return reloaded.changed.empty() ? "nothing has changed" : "changed " + core::joined(reloaded.changed);
}

/// A refusal that names mistakes: a line each, and exit 78.
[[noreturn]] void refuse(const std::vector<api::Mistake>& mistakes, const core::Error& error,
                         output::Console& console) {
    for (const api::Mistake& mistake : mistakes) console.err().line(output::printable(mistake.text()));
    throw core::Exit(ExitStatus::config, error.code(), error.what(), error.hint());
}

}  // namespace

ExitStatus reload(const Call& call, output::Console& console) {
    Form form = Form::human;
    Options options(call, synopsis);
    options.json(form, "Print what has changed as JSON");
    if (!options.read_no_words(console)) return ExitStatus::ok;
    connection::Connection connection(options.socket());
    const connection::Request request{"POST", "/v1/reload", {}, {}};
    connection::Reply reply = connection.call(request, connection::Deadline::in(question_limit));
    if (reply.status != 200)
        if (const auto mistakes = api::parse_mistakes(reply.body); !mistakes.empty())
            refuse(mistakes, api::parse_problem(reply.body), console);
    const std::string body = body_of(std::move(reply), connection.path());
    if (form == Form::json)
        console.out().line(body);
    else if (console.out().is_terminal())
        console.out().line(sentence(api::parse_reloaded(body)));
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
