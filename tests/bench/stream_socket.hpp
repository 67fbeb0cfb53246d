// SPDX-License-Identifier: Apache-2.0
// A blocking stream socket to a server on this machine.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "tests/bench/arguments.hpp"

namespace tocsin::bench {

class StreamSocket {
 public:
    /// Connects to `--unix PATH`, or to `--port N` of 127.0.0.1. A server that is silent for 20 s is given
    /// up.
    explicit StreamSocket(const Arguments& arguments)
        : StreamSocket(arguments.find("--unix"), arguments.number("--port", 0)) {}

    /// Connects to a Unix socket.
    explicit StreamSocket(const std::string& path) : StreamSocket(std::optional(path), 0) {}

    StreamSocket(const StreamSocket&) = delete;
    StreamSocket& operator=(const StreamSocket&) = delete;
    ~StreamSocket() { ::close(descriptor_); }

    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const std::ptrdiff_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) continue;
            if (sent <= 0) fail_errno("send");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    /// Waits for bytes and appends them.
    void receive(std::string& bytes) const {
        std::array<char, 65536> buffer;
        std::ptrdiff_t count = -1;
        do {  // with a limit of time, a stop and a continuation interrupt it (signal(7))
            count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
        } while (count < 0 && errno == EINTR);
        if (count == 0) fail("the server closed the connection");
        if (count < 0) fail_errno("receive");
        bytes.append(buffer.data(), static_cast<std::size_t>(count));
    }

 private:
    StreamSocket(const std::optional<std::string>& path, std::uint64_t port) {
        if (path) {
            connect_unix(*path);
        } else {
            connect_port(static_cast<std::uint16_t>(port));
        }
        const timeval patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }

    void connect_unix(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() >= sizeof address.sun_path) fail("--unix: the path is too long");
        path.copy(address.sun_path, path.size());
        connect(address);
    }

    void connect_port(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(address);
        const int on = 1;
        ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    template <typename Address>
    void connect(const Address& address) {
        descriptor_ =
            ::socket(reinterpret_cast<const sockaddr&>(address).sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            fail_errno("connect");
    }

    int descriptor_ = -1;
};

}  // namespace tocsin::bench
