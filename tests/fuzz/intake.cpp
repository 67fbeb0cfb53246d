// SPDX-License-Identifier: Apache-2.0
// Messages to the intake: the first byte counts the frames, then each has its length in two bytes. A good
// message behind it is still answered.
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/doors.hpp"

namespace {

using namespace tocsin;

constexpr int answer_milliseconds = 10'000;

std::vector<std::string> frames_of(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> frames;
    if (size == 0) return frames;
    const std::size_t count = data[0] % 8U;
    std::size_t place = 1;
    while (frames.size() < count && place + 2 <= size) {
        const std::size_t length =
            std::min<std::size_t>(data[place] + 256U * data[place + 1], size - place - 2);
        frames.emplace_back(reinterpret_cast<const char*>(data) + place + 2, length);
        place += 2 + length;
    }
    return frames;
}

/// The fuzzer's own alarm may interrupt a call.
template <class Call>
auto uninterrupted(Call&& call) {
    for (;;) {
        try {
            return call();
        } catch (const zmq::error_t& error) {
            fuzz::check(error.num() == EINTR, "the client's socket works", error.what());
        }
    }
}

void send(zmq::socket_t& socket, const std::vector<std::string>& frames) {
    for (const std::string& frame : frames) {
        const auto flags = &frame == &frames.back() ? zmq::send_flags::none : zmq::send_flags::sndmore;
        uninterrupted([&] { return socket.send(zmq::buffer(frame), flags); });
    }
}

/// A DEALER of the doors that are open now.
zmq::socket_t& dealer() {
    static zmq::context_t context;
    static std::string endpoint;
    static zmq::socket_t socket;
    const std::string now = "ipc://" + fuzz::fresh_doors().intake().string();
    if (now != endpoint) {
        endpoint = now;
        socket = zmq::socket_t(context, zmq::socket_type::dealer);
        socket.set(zmq::sockopt::linger, 0);
        socket.set(zmq::sockopt::rcvtimeo, answer_milliseconds);
        socket.connect(endpoint);
    }
    return socket;
}

/// Until the answer to the good message is there: answers come in the order of the messages.
void await(zmq::socket_t& socket, const std::string& correlation) {
    for (;;) {
        std::vector<std::string> reply;
        bool more = true;
        while (more) {
            zmq::message_t frame;
            const auto size = uninterrupted([&] { return socket.recv(frame); });
            fuzz::check(size.has_value(), "the intake answers");
            reply.push_back(frame.to_string());
            more = frame.more();
        }
        fuzz::check(reply.size() == 4, "a reply has four frames");
        fuzz::check(reply[1] != "internal", "no message fails unexpectedly", reply[3]);
        if (reply[1] == "ok" && reply[2] == correlation) return;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static std::uint64_t turn = 0;
    const std::string correlation = "good-" + std::to_string(++turn);
    zmq::socket_t& socket = dealer();
    const auto frames = frames_of(data, size);
    if (!frames.empty()) send(socket, frames);
    send(socket, {"", "emit", correlation, R"({"type":"a"})"});
    await(socket, correlation);
    return 0;
}
