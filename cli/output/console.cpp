// SPDX-License-Identifier: Apache-2.0
#include "cli/output/console.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/output/terminal_text.hpp"

namespace tocsin::cli::output {
namespace {

/// Opened the wrong way round: using a closed descriptor fails as it did before.
int fill_closed_descriptors() {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
        if (fcntl(descriptor, F_GETFD) < 0)
            static_cast<void>(open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
    return STDOUT_FILENO;
}

/// Empty when it is unset.
std::string_view variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    return value == nullptr ? std::string_view() : value;
}

bool is_dumb() { return variable("TERM").empty() || variable("TERM") == "dumb"; }

bool wants_colour() { return !is_dumb() && variable("NO_COLOR").empty(); }

}  // namespace

Console::Console()
    : out_(fill_closed_descriptors(), "standard output"),
      err_(STDERR_FILENO, "standard error"),
      paint_(out_.is_terminal() && wants_colour() ? terminal_paint : no_paint) {}

bool Console::can_rewrite() const noexcept { return err_.is_terminal() && !is_dumb(); }

void Console::section(std::string_view label, std::string_view text) {
    if (text.empty()) return;
    out_.line("\n" + std::string(paint_.dim) + std::string(label) + std::string(paint_.off));
    out_.write(out_.is_terminal() ? printable_lines(text) : text);
    if (text.back() != '\n') out_.write("\n");
}

void Console::say(std::string_view verb, std::string_view text) {
    std::string line = "tocsin: ";
    if (!verb.empty()) line += std::string(verb) + ": ";
    line += printable(text);
    err_.line(line);
    err_.flush();
}

void Console::fail(std::string_view verb, const core::Error& error) {
    const std::string what = error.what();
    say(verb, error.hint().empty() ? what : what + "; " + error.hint());
}

}  // namespace tocsin::cli::output
