// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/qrencode/qrencode.hpp"

#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "cli/output/terminal_text.hpp"
#include "cli/qr/qrencode/files.hpp"
#include "cli/qr/qrencode/options.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::qr::qrencode {
namespace {

namespace encoding = tocsin::qr::encoding;

/// More than any symbols hold, by far.
constexpr std::size_t max_text_bytes = 1U << 20U;

std::string text_of(const QrencodeJob& job) {
    std::string text = job.text        ? *job.text
                       : job.read_from ? output::read_file(*job.read_from, max_text_bytes)
                                       : output::read_standard_input(max_text_bytes);
    if (job.line_end == QrencodeJob::LineEnd::dropped) text.resize(core::without_line_end(text).size());
    return text;
}

/// `name` is what qrencode calls it: `(stdout)` when none was given.
void tell(const std::string& name, const encoding::Symbol& symbol, output::Console& console) {
    console.err().line("File: " + output::printable(name) +
                       ", Version: " + std::to_string(symbol.version().number));
    console.err().flush();
}

void make_one(const QrencodeJob& job, output::Console& console) {
    const auto symbol = encoding::encode_greedy(text_of(job), job.encoding);
    const std::string picture = draw_as_qrencode(symbol, job.look);
    if (job.talk == QrencodeJob::Talk::files) tell(job.output.value_or("(stdout)"), symbol, console);
    if (job.output && *job.output != "-") return write_as_qrencode({{*job.output, picture}});
    console.out().write(picture);
    console.out().flush();
}

void make_structured(const QrencodeJob& job, output::Console& console) {
    const auto symbols = encoding::encode_greedy_parts(text_of(job), job.encoding);
    const std::string name = job.output.value_or(std::string());
    std::vector<output::NamedBytes> files;
    for (const encoding::Symbol& symbol : symbols) {
        const int number = static_cast<int>(files.size()) + 1;
        const std::string part = numbered_name(name, ending_of(job.look.type), number);
        files.push_back({part, draw_as_qrencode(symbol, job.look)});
        if (job.talk == QrencodeJob::Talk::files) tell(part, symbol, console);
    }
    write_as_qrencode(files);
}

void run(const QrencodeText& text, output::Console& console) {
    console.out().write(text.text);
    console.out().flush();
}

void run(const QrencodeJob& job, output::Console& console) {
    if (job.symbols == QrencodeJob::Symbols::structured) return make_structured(job, console);
    make_one(job, console);
}

/// A closed standard error changes nothing about the status.
void report(const core::Error& error, output::Console& console) noexcept try {
    if (exit_status_of(error) == core::ExitStatus::broken_pipe) return;  // nobody reads, nobody asks
    const std::string hint = error.hint().empty() ? "" : "; " + error.hint();
    console.err().line("tocsin-qrencode: " + output::printable(error.what() + hint));
    console.err().flush();
} catch (const std::exception&) {
    return;
}

}  // namespace

core::ExitStatus run_qrencode(std::span<const char* const> words, output::Console& console) try {
    std::visit([&](const auto& asked) { run(asked, console); }, parse_qrencode(words));
    return core::ExitStatus::ok;
} catch (const core::Error& error) {
    report(error, console);
    return qrencode_failed;
} catch (const std::exception& error) {
    report(
        core::Error(core::Code::internal, std::string("unexpected: ") + error.what(), "report this as a bug"),
        console);
    return qrencode_failed;
}

}  // namespace tocsin::cli::qr::qrencode
