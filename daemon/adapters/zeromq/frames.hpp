// SPDX-License-Identifier: Apache-2.0
// Multipart messages in and out, told to the thread sanitizer.
#pragma once

#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

namespace tocsin::daemon::zeromq {

/// A message's first frames, at most eight, and how many it had. No frame at all: no message waits.
struct Message {
    std::vector<zmq::message_t> frames;
    std::size_t frame_count = 0;
};
Message receive(zmq::socket_t& socket);

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
    void ring() const noexcept;
    void silence() const noexcept;
    int descriptor() const noexcept { return descriptor_; }

 private:
    int descriptor_;
};

}  // namespace tocsin::daemon::zeromq
