// SPDX-License-Identifier: Apache-2.0
// A small HTTP server for tests that behaves as well or as badly as its script.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/core/descriptor.hpp"

namespace tocsin::tests {

struct Received {
    std::string head;  ///< request line and headers
    std::string body;
    int connection = 0;  ///< from 1, in the order of their coming

    /// The value of a header, named in lower case; "(none)" when it is not there.
    std::string header(std::string_view name) const;
};

/// Thread rule: the script runs on a thread of each connection, everything else on that of the test.
class Receiver {
 public:
    enum class Then { keep, close };
    /// Answers a request on a socket.
    using Script = std::function<Then(int socket, const Received& request)>;

    explicit Receiver(Script script);
    /// Any other protocol: has a connection until it returns.
    using Conversation = std::function<void(int socket)>;
    explicit Receiver(Conversation conversation);
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;
    ~Receiver();

    std::string url(const std::string& scheme = "http") const;
    std::vector<Received> requests() const;

 private:
    void start();
    void accept_all();
    void serve(int socket, int connection);

    const Script script_;
    const Conversation conversation_;
    core::Descriptor listener_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;  // guards what follows
    std::vector<Received> requests_;
    std::list<core::Descriptor> sockets_;
    std::list<std::thread> servers_;
    std::thread acceptor_;
};

/// False when the other side is gone.
bool send_text(int socket, std::string_view text);
/// Returns when the other side is gone.
void await_end(int socket);

/// A script that gives this answer each time: `503 Service Unavailable`, header lines, body.
Receiver::Script answering(const std::string& status, const std::string& headers = "",
                           const std::string& body = "");

/// A port where nobody listens.
std::uint16_t free_port();

}  // namespace tocsin::tests
