// SPDX-License-Identifier: Apache-2.0
// tocsin: the table of commands, and what becomes of their errors.
#include <algorithm>
#include <array>
#include <exception>
#include <span>

#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/output/console.hpp"
#include "common/core/suggest.hpp"

namespace tocsin::cli {
namespace {

using commands::Call;
using core::Code;
using core::ExitStatus;

struct Entry {
    std::string_view name;
    std::string_view summary;
    commands::Verb run;
};

constexpr std::array<Entry, 19> table{{
    {"emit", "Emit an event, or many from stdin", commands::emit},
    {"get", "Print one event", commands::get},
    {"tail", "Print stored events, and new ones as they come", commands::tail},
    {"types", "List the types of stored events", commands::types},
    {"status", "Tell how the daemon is", commands::status},
    {"metrics", "Print the daemon's metrics", commands::metrics},
    {"pipeline", "Tell how pipelines are; pause, resume, skip", commands::pipeline},
    {"dead", "Look at events that were given up; retry, drop", commands::dead},
    {"runs", "Look at the last deliveries and what they printed", commands::runs},
    {"config", "Check the configuration, or show what is in force", commands::config},
    {"reload", "Have the daemon read its configuration anew", commands::reload},
    {"log-level", "Tell or set the daemon's log level", commands::log_level},
    {"backup", "Copy the running daemon's log into a file", commands::backup},
    {"restore", "Put a backup in a stopped daemon's place", commands::restore},
    {"doctor", "Look for damage in a stopped daemon's store", commands::doctor},
    {"salvage", "Save what can be read of a damaged store", commands::salvage},
    {"token", "Make a token for the API over TCP", commands::token},
    {"qr", "Make a QR code", commands::qr},
    {"version", "Print the version", commands::version},
}};

constexpr std::string_view usage = R"(Tocsin, the event bus of this host.
Usage: tocsin [--socket PATH] COMMAND [OPTIONS] …

Commands:
)";

constexpr std::string_view footer = R"(  help [COMMAND]  Print this help, or that of a command

Options:
  -h,--help       Print this help and exit
  --version       Print the version and exit
  --socket PATH   The daemon's socket [default: $TOCSIN_SOCKET, the user's bus, the system's]

Examples:
  tocsin emit backup.finished host=web1 size:=123456
  tocsin tail 'backup.>' --since 1h --follow
  tocsin qr 'https://example.org'

Exit status: 0 done, 64 usage, 65 invalid event, 66 not found, 69 no daemon, 70 bug or damage, 73 can't create a
file, 74 input or output, 75 try again, 76 protocol, 77 not allowed, 78 configuration.
)";

std::string help_text() {
    std::string text(usage);
    for (const Entry& entry : table) {
        text += "  ";
        text += entry.name;
        text.append(16 - entry.name.size(), ' ');
        text += entry.summary;
        text += '\n';
    }
    return text += footer;
}

const Entry& find_entry(std::string_view name) {
    const auto found = std::ranges::find(table, name, &Entry::name);
    if (found != table.end()) return *found;
    std::array<std::string_view, table.size()> names;
    std::ranges::transform(table, names.begin(), &Entry::name);
    const auto guess = core::nearest(name, names);
    throw core::Exit(ExitStatus::usage, Code::invalid, "unknown command '" + std::string(name) + "'",
                     guess ? "did you mean '" + std::string(*guess) + "'? tocsin help lists all"
                           : "tocsin help lists all");
}

/// The words before `--`, which is taken out; what stands behind it goes to the command as it is.
Call split(std::span<char* const> arguments) {
    Call call;
    for (const char* argument : arguments) {
        if (call.literal) {
            call.literal->emplace_back(argument);
        } else if (std::string_view(argument) == "--") {
            call.literal.emplace();
        } else {
            call.words.emplace_back(argument);
        }
    }
    return call;
}

/// Takes the options before the verb and the verb itself off the words.
void take_verb(Call& call) {
    constexpr std::string_view socket = "--socket";
    auto word = call.words.begin();
    for (; word != call.words.end() && word->starts_with('-'); ++word) {
        if (*word == "-h" || *word == "--help" || *word == "--version") break;
        if (word->starts_with(std::string(socket) + "=")) {
            call.socket = word->substr(socket.size() + 1);
        } else if (*word == socket && word + 1 != call.words.end()) {
            call.socket = *++word;
        } else {
            throw commands::usage_error(
                "", *word == socket ? "--socket needs a path" : "unknown option '" + *word + "'");
        }
    }
    if (word != call.words.end()) call.verb = *word++;
    call.words.erase(call.words.begin(), word);
}

ExitStatus help(Call call, output::Console& console) {
    if (call.words.empty() || call.words.front().starts_with('-') || call.words.front() == "help") {
        console.out().write(help_text());
        return ExitStatus::ok;
    }
    const Entry& entry = find_entry(call.words.front());
    call.verb = entry.name;
    call.words = {"--help"};
    call.literal.reset();
    return entry.run(call, console);
}

ExitStatus run(Call& call, output::Console& console) {
    take_verb(call);
    if (call.verb.empty()) {
        console.err().write(help_text());
        console.err().flush();
        return ExitStatus::usage;
    }
    if (call.verb == "help" || call.verb == "-h" || call.verb == "--help") return help(call, console);
    if (call.verb == "--version") call.verb = "version";
    return find_entry(call.verb).run(call, console);
}

/// What was printed before an error is still wanted; when that fails too, the first error counts.
void flush_quietly(output::Console& console) noexcept try {
    console.out().flush();
} catch (const core::Error&) {
    return;
}

/// Tells the error; a closed stderr changes nothing about the status.
void report(output::Console& console, std::string_view verb, const core::Error& error) noexcept try {
    console.fail(verb, error);
} catch (const std::exception&) {
    return;
}

ExitStatus run_and_report(Call& call, output::Console& console) try {
    const ExitStatus status = run(call, console);
    console.out().flush();
    return status;
} catch (const core::Error& error) {
    const ExitStatus status = core::exit_status_of(error);
    if (status == ExitStatus::broken_pipe) return status;
    flush_quietly(console);
    const bool known = std::ranges::find(table, call.verb, &Entry::name) != table.end();
    report(console, known ? call.verb : "", error);
    return status;
} catch (const std::exception& error) {
    report(console, call.verb,
           core::Error(Code::internal, std::string("unexpected: ") + error.what(), "report this as a bug"));
    return ExitStatus::software;
}

}  // namespace
}  // namespace tocsin::cli

int main(int argc, char** argv) {
    const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
    tocsin::cli::output::Console console;
    tocsin::cli::commands::Call call = tocsin::cli::split(arguments.subspan(argc > 0 ? 1 : 0));
    return tocsin::core::to_int(tocsin::cli::run_and_report(call, console));
}
