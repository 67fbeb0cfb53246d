// SPDX-License-Identifier: Apache-2.0
// A bare XPUB that publishes what Tocsin's feed would, from memory: what ZeroMQ allows a feed at best.
#include <iostream>
#include <zmq.hpp>

#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: xpub_load --endpoint ipc://PATH --payload TEXT [--subscribers 8] [--high-water 1000]\n"
    "                 (--seconds 2 | --burst N)\n"
    "Waits for the subscriptions, sends a head, and publishes messages of four frames (type, sequence, the "
    "previous\n"
    "one, payload) as fast as they are taken, with ZMQ_XPUB_NODROP. With --burst it sends N for each line of "
    "stdin\n"
    "and ends with stdin; else it sends for the given seconds, after one line.";

class Publisher {
 public:
    explicit Publisher(const Arguments& arguments) : payload_(arguments.required("--payload")) {
        socket_.set(zmq::sockopt::sndhwm, static_cast<int>(arguments.number("--high-water", 1000)));
        socket_.set(zmq::sockopt::xpub_nodrop, 1);
        socket_.set(zmq::sockopt::xpub_verbose, 1);
        socket_.bind(arguments.required("--endpoint"));
        zmq::message_t subscription;
        for (std::uint64_t i = arguments.number("--subscribers", 8); i > 0; --i)
            if (!socket_.recv(subscription)) fail("no subscription");
        send("tocsin.head", "-", "{}");
    }

    void publish() {
        const std::string previous = std::exchange(sequence_, next());
        send("bench.event", previous, payload_);
    }

 private:
    std::string next() {
        const std::string digits = std::to_string(++count_);
        return std::string(16 - digits.size(), '0') + digits;
    }

    void send(std::string_view type, std::string_view previous, std::string_view payload) {
        socket_.send(zmq::buffer(type), zmq::send_flags::sndmore);
        socket_.send(zmq::buffer(sequence_), zmq::send_flags::sndmore);
        socket_.send(zmq::buffer(previous), zmq::send_flags::sndmore);
        socket_.send(zmq::buffer(payload), zmq::send_flags::none);
    }

    std::string payload_;
    std::uint64_t count_ = 0;
    std::string sequence_ = "0000000000000000";
    zmq::context_t context_{1};
    zmq::socket_t socket_{context_, zmq::socket_type::xpub};  // it lingers: what was sent is delivered
};

void run(const Arguments& arguments) {
    Publisher publisher(arguments);
    const std::uint64_t burst = arguments.number("--burst", 0);
    std::string line;
    while (std::getline(std::cin, line)) {
        for (std::uint64_t i = 0; i < burst; ++i) publisher.publish();
        if (burst != 0) continue;
        const auto end = SteadyClock::now() + from_seconds(arguments.real("--seconds", 2.0));
        while (SteadyClock::now() < end) publisher.publish();
        return;
    }
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    run(Arguments(argc, argv, usage,
                  {"--endpoint", "--payload", "--subscribers", "--high-water", "--seconds", "--burst"}));
    return 0;
}
