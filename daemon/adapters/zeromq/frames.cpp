// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/zeromq/frames.hpp"

#include <algorithm>
#include <cerrno>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace tocsin::daemon::zeromq {
namespace {

// The distribution's libzmq is not instrumented, so the sanitizer does not see that it hands messages over
// from thread to thread; these two tell it.
#ifdef __SANITIZE_THREAD__
// one per process: why, it is only an address for the sanitizer
char handed_over;
void before_send() { __tsan_release(&handed_over); }
void after_receive() { __tsan_acquire(&handed_over); }
#else
void before_send() {}
void after_receive() {}
#endif

}  // namespace

bool receive(zmq::socket_t& socket, Message& message) {
    message.frame_count = 0;
    zmq::message_t surplus;
    bool more = true;
    while (more) {
        const bool fits = message.frame_count < message.frames.size();
        zmq::message_t& frame = fits ? message.frames[message.frame_count] : surplus;
        if (!socket.recv(frame, zmq::recv_flags::dontwait)) return false;
        more = frame.more();
        ++message.frame_count;
    }
    after_receive();
    return true;
}

std::size_t Message::bytes() const noexcept {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < std::min(frame_count, frames.size()); ++i) bytes += frames[i].size();
    return bytes;
}

Sent send(zmq::socket_t& socket, std::span<const std::string_view> frames) {
    before_send();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto flags = zmq::send_flags::dontwait |
                           (i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
        try {
            if (!socket.send(zmq::buffer(frames[i].data(), frames[i].size()), flags))
                return Sent::would_block;
        } catch (const zmq::error_t& error) {
            if (error.num() == EHOSTUNREACH) return Sent::no_such_peer;
            throw;
        }
    }
    return Sent::yes;
}

std::string_view text(const zmq::message_t& frame) {
    return {static_cast<const char*>(frame.data()), frame.size()};
}

}  // namespace tocsin::daemon::zeromq
