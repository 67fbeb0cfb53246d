// SPDX-License-Identifier: Apache-2.0
// Multipart messages in and out, told to the thread sanitizer.
#pragma once

#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

namespace tocsin::daemon::zeromq {

/// The first frames of one message, at most eight, or none when no message waits.
std::vector<zmq::message_t> receive(zmq::socket_t& socket);

enum class Sent { yes, would_block, no_such_peer };

/// Sends one message without waiting.
Sent send(zmq::socket_t& socket, const std::vector<std::string_view>& frames);

std::string_view text(const zmq::message_t& frame);

/// An eventfd that wakes a thread which polls sockets.
class Doorbell {
 public:
    Doorbell();
    ~Doorbell();
    Doorbell(const Doorbell&) = delete;
    Doorbell& operator=(const Doorbell&) = delete;

    /// Any thread.
    void ring() noexcept;
    void silence() noexcept;
    int descriptor() const noexcept { return descriptor_; }

 private:
    int descriptor_;
};

}  // namespace tocsin::daemon::zeromq
