// SPDX-License-Identifier: Apache-2.0
#include "cli/connection/socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/connection/failure.hpp"
#include "common/core/paths.hpp"

namespace tocsin::cli::connection {
namespace {

sockaddr_un address_of(const std::string& path) {
    if (path.empty() || path.size() > core::max_socket_path)
        throw core::Exit(core::ExitStatus::usage, core::Code::invalid,
                         "the socket path has " + std::to_string(path.size()) + " bytes",
                         "use a path of 1 to " + std::to_string(core::max_socket_path) + " bytes");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// connect(2) on a Unix socket waits for room in the listener's queue, and only SO_SNDTIMEO bounds that.
void limit_connect(int descriptor, const Deadline& deadline) {
    const int milliseconds = deadline.poll_timeout();
    if (milliseconds < 0) return;
    const timeval limit{milliseconds / 1000, milliseconds % 1000 * 1000 + 1};
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

Transfer result_of(ssize_t count) {
    if (count > 0) return {Transfer::State::moved, static_cast<std::size_t>(count)};
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {Transfer::State::blocked, 0};
    return {Transfer::State::closed, 0};
}

}  // namespace

Socket::Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Socket::~Socket() { close(); }

void Socket::close() noexcept {
    if (is_open()) ::close(std::exchange(descriptor_, -1));
}

Socket Socket::connect(const std::string& path, const Deadline& deadline) {
    const sockaddr_un address = address_of(path);
    Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) throw no_daemon(path, errno);
    while (true) {
        limit_connect(socket.descriptor_, deadline);
        if (::connect(socket.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            break;
        if (errno == EINTR && !deadline.passed()) continue;
        if (errno == EAGAIN || errno == EINTR) {
            if (!deadline.passed()) continue;
            throw not_accepted(path, deadline.span());
        }
        throw no_daemon(path, errno);
    }
    return socket;
}

Transfer Socket::send(std::string_view bytes) const {
    return result_of(::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

Transfer Socket::receive(std::span<char> space) const {
    return result_of(::recv(descriptor_, space.data(), space.size(), MSG_DONTWAIT));
}

bool Socket::is_stale() const {
    pollfd entry{descriptor_, POLLIN | POLLRDHUP, 0};
    return ::poll(&entry, 1, 0) != 0;
}

Socket::Woken Socket::wait(For what, const Deadline& deadline, int output) const {
    const short events = what == For::reading ? POLLIN : POLLIN | POLLOUT;
    while (true) {
        std::array<pollfd, 2> entries{pollfd{descriptor_, events, 0}, pollfd{output, 0, 0}};
        const int ready = ::poll(entries.data(), entries.size(), deadline.poll_timeout());
        if (ready > 0 && (entries[1].revents & (POLLERR | POLLHUP)) != 0) return Woken::output_gone;
        if (ready > 0) return Woken::ready;
        if (deadline.passed()) return Woken::deadline;
    }
}

}  // namespace tocsin::cli::connection
