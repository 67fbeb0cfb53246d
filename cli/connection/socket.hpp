// SPDX-License-Identifier: Apache-2.0
// A connected Unix stream socket that never blocks but in `wait`.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "cli/connection/deadline.hpp"

namespace tocsin::cli::connection {

/// How a read or write went: bytes moved; nothing possible now; the other side is gone.
struct Transfer {
    enum class State { moved, blocked, closed };
    State state = State::blocked;
    std::size_t bytes = 0;
};

/// Owns the descriptor. Thread rule: one thread at a time.
class Socket {
 public:
    Socket() = default;
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    /// Throws `no_daemon`, or `not_accepted` at the deadline.
    static Socket connect(const std::string& path, const Deadline& deadline);

    bool is_open() const noexcept { return descriptor_ >= 0; }
    void close() noexcept;

    Transfer send(std::string_view bytes) const;
    Transfer receive(std::span<char> space) const;

    /// True when the peer has closed, or has sent something that nobody asked for.
    bool is_stale() const;

    enum class For { reading, reading_or_writing };
    enum class Woken { ready, deadline, output_gone };
    /// Waits until the socket is ready, the deadline passes, or nobody reads `output` (-1: none) any more.
    Woken wait(For what, const Deadline& deadline, int output = -1) const;

 private:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace tocsin::cli::connection
