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

bool is_dumb() {
    const char* terminal = std::getenv("TERM");
    return terminal == nullptr || *terminal == '\0' || std::string_view(terminal) == "dumb";
}

bool wants_colour() {
    const char* refusal = std::getenv("NO_COLOR");
    return !is_dumb() && (refusal == nullptr || *refusal == '\0');
}

}  // namespace

Console::Console()
    : out_(fill_closed_descriptors(), "standard output"),
      err_(STDERR_FILENO, "standard error"),
      paint_(out_.is_terminal() && wants_colour() ? terminal_paint : no_paint) {}

bool Console::can_rewrite() const noexcept { return err_.is_terminal() && !is_dumb(); }

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
