// SPDX-License-Identifier: Apache-2.0
// Multipart messages in and out, told to the thread sanitizer.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <zmq.hpp>

namespace tocsin::daemon::zeromq {

/// A message's first frames, and how many it had: no message of ours has more than eight, and the rest of
/// such a one is dropped.
struct Message {
    std::array<zmq::message_t, 8> frames;
    std::size_t frame_count = 0;

    std::size_t bytes() const noexcept;
};

/// Takes the next message, into memory that is used again and again. False when none waits.
bool receive(zmq::socket_t& socket, Message& message);

enum class Sent { yes, would_block, no_such_peer };

/// Sends one message without waiting.
Sent send(zmq::socket_t& socket, std::span<const std::string_view> frames);

std::string_view text(const zmq::message_t& frame);

}  // namespace tocsin::daemon::zeromq
