// SPDX-License-Identifier: Apache-2.0
// The helper that `tocsin qr` becomes: a text in, a QR code out.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <variant>

#include "cli/qr/arguments.hpp"
#include "cli/qr/streams.hpp"
#include "common/core/exit_status.hpp"
#include "common/qr/png.hpp"
#include "common/qr/svg.hpp"
#include "common/qr/terminal.hpp"

namespace tocsin::cli::qr {
namespace {

/// Colour only where it is seen, and wanted (https://no-color.org: set and not empty).
tocsin::qr::Ink ink_of_output() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): this program has one thread
    const char* no_colour = std::getenv("NO_COLOR");
    if (no_colour != nullptr && *no_colour != '\0') return tocsin::qr::Ink::plain;
    return isatty(STDOUT_FILENO) == 1 ? tocsin::qr::Ink::escapes : tocsin::qr::Ink::plain;
}

/// Wrapped lines can't be scanned, and nobody would see why.
void warn_when_narrow(int columns) {
    winsize window{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_col >= columns)
        return;
    std::fprintf(stderr,
                 "tocsin: the code can't be scanned: it is %d columns wide, the terminal %d; "
                 "widen the terminal, or write a file with -o\n",
                 columns, window.ws_col);
}

void show(const tocsin::qr::Symbol& symbol) {
    write_standard_output(to_terminal(symbol, ink_of_output()));
    warn_when_narrow(symbol.outer_size());
}

void run(const Help& help) { write_standard_output(help.text); }

void run(const Job& job) {
    const std::string text = job.origin == Origin::word ? job.word : read_standard_input();
    const auto symbol = tocsin::qr::Symbol::encode(text, job.level);
    switch (job.format) {
        case Format::terminal: return show(symbol);
        case Format::png: return write_file(job.file, to_png(symbol));
        case Format::svg: return write_file(job.file, to_svg(symbol));
    }
}

int report(const core::Error& error) {
    const auto status = exit_status_of(error);
    if (status != core::ExitStatus::broken_pipe)
        std::fprintf(stderr, "tocsin: %s%s%s\n", error.what(), error.hint().empty() ? "" : "; ",
                     error.hint().c_str());
    return to_int(status);
}

}  // namespace
}  // namespace tocsin::cli::qr

int main(int argc, char** argv) noexcept try {
    std::visit([](const auto& task) { tocsin::cli::qr::run(task); }, tocsin::cli::qr::parse(argc, argv));
    return 0;
} catch (const tocsin::core::Error& error) {
    return tocsin::cli::qr::report(error);
} catch (const std::exception& error) {
    std::fprintf(stderr, "tocsin: internal error: %s; please report it\n", error.what());
    return tocsin::core::to_int(tocsin::core::ExitStatus::software);
}
