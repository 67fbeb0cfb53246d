// SPDX-License-Identifier: Apache-2.0
#include "cli/output/writer.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::output {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

/// Waits for room when somebody has made the descriptor non-blocking.
void wait_for_room(int descriptor) {
    pollfd entry{descriptor, POLLOUT, 0};
    poll(&entry, 1, -1);
}

}  // namespace

Writer::Writer(int descriptor, std::string_view name)
    : descriptor_(descriptor), name_(name), terminal_(isatty(descriptor) == 1) {}

void Writer::flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
        if (count >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            wait_for_room(descriptor_);
        } else if (errno != EINTR) {
            const int number = errno;
            buffer_.clear();
            if (number == EPIPE)
                throw Exit(ExitStatus::broken_pipe, Code::internal, "nobody reads the output");
            throw Exit(
                ExitStatus::io, Code::internal,
                "can't write to " + std::string(name_) + " (" + std::generic_category().message(number) + ")",
                "make room, or send the output elsewhere");
        }
    }
    buffer_.clear();
}

std::size_t Writer::columns() const noexcept {
    winsize size{};
    if (!terminal_ || ioctl(descriptor_, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

}  // namespace tocsin::cli::output
