// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/zeromq/frames.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

#include "common/core/error.hpp"

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

Doorbell::Doorbell() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0)
        throw core::Error(core::Code::internal, "can't make an eventfd", "raise the limit of open files");
}

Doorbell::~Doorbell() { close(descriptor_); }

void Doorbell::ring() const noexcept {
    const std::uint64_t one = 1;
    // It can only fail when it rings already.
    if (write(descriptor_, &one, sizeof one) < 0) errno = 0;
}

void Doorbell::silence() const noexcept {
    std::uint64_t rung = 0;
    if (read(descriptor_, &rung, sizeof rung) < 0) errno = 0;
}

}  // namespace tocsin::daemon::zeromq
