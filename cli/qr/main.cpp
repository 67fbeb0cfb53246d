// SPDX-License-Identifier: Apache-2.0
// tocsin-qr, which `tocsin qr` becomes: the table of what it does, and what becomes of its errors.
#include <algorithm>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/output/console.hpp"
#include "cli/qr/making/batch.hpp"
#include "cli/qr/making/make.hpp"
#include "cli/qr/forms/payload_forms.hpp"
#include "cli/qr/qrencode/qrencode.hpp"
#include "cli/qr/making/sheet.hpp"
#include "cli/words/options.hpp"

namespace tocsin::cli::qr {
namespace {

using core::ExitStatus;
using words::Line;

/// The words before `--`, which is taken out; what stands behind it is text.
Line split(std::span<char* const> arguments) {
    Line line{.command = "qr", .words = {}, .literal = {}};
    for (const char* argument : arguments) {
        if (line.literal)
            line.literal->emplace_back(argument);
        else if (std::string_view(argument) == "--")
            line.literal.emplace();
        else
            line.words.emplace_back(argument);
    }
    return line;
}

bool is_payload(std::string_view word) {
    return std::ranges::find(forms::payload_rows(), word, &forms::PayloadRow::name) != forms::payload_rows().end();
}

ExitStatus run(Line& line, output::Console& console) {
    const std::string first = line.words.empty() ? "" : line.words.front();
    const bool many = first == "batch" || first == "sheet";
    if (!many && !is_payload(first)) return making::make_code(line, console);
    line.words.erase(line.words.begin());
    line.command += " " + first;
    if (first == "batch") return making::make_batch(line, console);
    if (first == "sheet") return making::make_sheet(line, console);
    return making::make_payload(line, first, console);
}

/// The name that the program was called by.
bool is_qrencode(std::span<char* const> arguments) {
    if (arguments.empty()) return false;
    const std::string_view path = arguments.front();
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return name == "tocsin-qrencode" || name == "qrencode";
}

/// What was printed before an error is still wanted; a closed stream changes nothing about the status.
void report(output::Console& console, std::string_view command, const core::Error& error) noexcept try {
    console.fail(command, error);
    console.out().flush();
} catch (const std::exception&) {
    return;
}

ExitStatus run_and_report(Line line, output::Console& console) try {
    const ExitStatus status = run(line, console);
    console.out().flush();
    return status;
} catch (const core::Error& error) {
    const ExitStatus status = core::exit_status_of(error);
    if (status != ExitStatus::broken_pipe) report(console, line.command, error);
    return status;
} catch (const std::exception& error) {
    report(console, line.command,
           core::Error(core::Code::internal, std::string("unexpected: ") + error.what(),
                       "report this as a bug"));
    return ExitStatus::software;
}

}  // namespace
}  // namespace tocsin::cli::qr

int main(int argc, char** argv) {
    const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
    tocsin::cli::output::Console console;
    if (tocsin::cli::qr::is_qrencode(arguments))
        return tocsin::core::to_int(tocsin::cli::qr::qrencode::run_qrencode(arguments.subspan(1), console));
    return tocsin::core::to_int(tocsin::cli::qr::run_and_report(
        tocsin::cli::qr::split(arguments.subspan(argc > 0 ? 1 : 0)), console));
}
