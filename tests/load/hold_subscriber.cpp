// SPDX-License-Identifier: Apache-2.0
// A subscriber that has each event of the log once and in order: from the feed, and from HTTP what the feed
// left out.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <zmq.hpp>

#include "tests/bench/latencies.hpp"
#include "tests/load/blocking_http.hpp"
#include "tests/load/event_text.hpp"

namespace tocsin::load {
namespace {

using bench::fail;
using bench::SteadyClock;

constexpr const char* usage =
    "usage: hold_subscriber --feed PATH --api PATH\n"
    "Prints `ready` after the first message, then follows the log from its first event on. A line on stdin "
    "is the\n"
    "sequence with which it ends.\n"
    "Prints JSON: position, hash, delivered (over the feed), gaps, filled (read over HTTP).";

class Subscriber {
 public:
    explicit Subscriber(const bench::Arguments& arguments) : api_path_(arguments.required("--api")) {
        socket_.set(zmq::sockopt::linger, 0);
        socket_.connect("ipc://" + arguments.required("--feed"));
        socket_.set(zmq::sockopt::subscribe, "");
    }

    void run() {
        std::array<zmq::pollitem_t, 2> items{
            {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, STDIN_FILENO, ZMQ_POLLIN, 0}}};
        bool is_ready = false;
        std::uint64_t last = UINT64_MAX;
        while (position_ < last) {
            zmq::poll(items, std::chrono::milliseconds(-1));
            if ((items[1].revents & ZMQ_POLLIN) != 0) last = line();
            for (int i = 0; i < 1000 && take(); ++i) {
            }
            if (!is_ready) std::cout << "ready" << std::endl;
            is_ready = true;
        }
    }

    void print() const {
        std::printf("{\"position\":%zu,\"hash\":%zu,\"delivered\":%zu,\"gaps\":%zu,\"filled\":%zu}\n",
                    position_, hash_.value(), delivered_, gaps_, filled_);
    }

 private:
    static std::uint64_t line() {
        std::string text;
        if (!std::getline(std::cin, text)) fail("stdin ended");
        return std::stoull(text);
    }

    /// One message of the feed, or a head; false when none waits.
    bool take() {
        if (!socket_.recv(frames_[0], zmq::recv_flags::dontwait)) return false;
        for (std::size_t i = 1; i < frames_.size(); ++i) (void)socket_.recv(frames_[i]);
        const std::uint64_t sequence = std::stoull(frames_[1].to_string());
        if (frames_[0].to_string_view() == "tocsin.head") {
            fill(sequence);
            return true;
        }
        ++delivered_;
        fill(sequence - 1);
        if (sequence <= position_) return true;  // it was read over HTTP already
        SequenceWalk walk(frames_[3].to_string_view());
        if (!walk.next() || walk.sequence() != sequence)
            fail("frames and event differ: " + frames_[3].to_string());
        show(sequence, walk.origin());
        return true;
    }

    void show(std::uint64_t sequence, Origin origin) {
        if (sequence != position_ + 1)
            fail("after " + std::to_string(position_) + " comes " + std::to_string(sequence));
        hash_.add(sequence, origin);
        position_ = sequence;
    }

    /// Reads over HTTP what is missing up to there.
    void fill(std::uint64_t until) {
        if (until <= position_) return;
        ++gaps_;
        BlockingHttp api(api_path_);
        while (position_ < until) {
            const std::uint64_t before = position_;
            const auto page =
                api.get("/v1/events?type=>&type=tocsin.>&limit=1000&after=" + std::to_string(position_));
            if (page.status != 200) fail("status " + std::to_string(page.status) + ": " + page.body);
            SequenceWalk walk(page.body);
            while (walk.next()) show(walk.sequence(), walk.origin());
            if (position_ == before) fail("the log has nothing after " + std::to_string(before));
            filled_ += position_ - before;
        }
    }

    std::string api_path_;
    zmq::context_t context_{1};
    zmq::socket_t socket_{context_, zmq::socket_type::sub};
    std::array<zmq::message_t, 4> frames_;
    RunningHash hash_;
    std::uint64_t position_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t gaps_ = 0;
    std::uint64_t filled_ = 0;
};

}  // namespace
}  // namespace tocsin::load

int main(int argc, char** argv) {
    using namespace tocsin::load;
    Subscriber subscriber(tocsin::bench::Arguments(argc, argv, usage, {"--feed", "--api"}));
    subscriber.run();
    subscriber.print();
    return 0;
}
