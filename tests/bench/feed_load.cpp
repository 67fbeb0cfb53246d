// SPDX-License-Identifier: Apache-2.0
// A subscriber of the event feed that counts what it gets and what it misses.
#include <zmq.hpp>

#include <unordered_map>

#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: feed_load --endpoint ipc://PATH [--subscribe PREFIX] [--seconds 5] [--count N] [--quiet "
    "SECONDS]\n"
    "                 [--bursts N] [--high-water 1000]\n"
    "Prints `ready` when the first message came (a head comes every second), then counts for the given "
    "seconds,\n"
    "until N deliveries, or, with --quiet, until no delivery came for so long after the first. With --bursts "
    "it\n"
    "counts N times, and prints a line each time. The rate is that of the time from the first to the last.\n"
    "Prints JSON: deliveries, bytes, seconds, rate, gaps, unknown (no previous sequence known), heads, and "
    "the\n"
    "moments of the first and the last delivery (first_at, last_at: CLOCK_MONOTONIC, seconds).";

constexpr std::string_view head_type = "tocsin.head";

class Subscriber {
 public:
    explicit Subscriber(const Arguments& arguments)
        : seconds_(arguments.real("--seconds", 5.0)),
          count_(arguments.number("--count", UINT64_MAX)),
          quiet_(from_seconds(arguments.real("--quiet", 1e6))) {
        const std::string prefix = arguments.text("--subscribe", "");
        socket_.set(zmq::sockopt::rcvhwm, static_cast<int>(arguments.number("--high-water", 1000)));
        socket_.set(zmq::sockopt::rcvtimeo, 100);
        socket_.set(zmq::sockopt::linger, 0);
        socket_.connect(arguments.required("--endpoint"));
        socket_.set(zmq::sockopt::subscribe, prefix);
        if (!prefix.empty()) socket_.set(zmq::sockopt::subscribe, head_type);
    }

    void wait_until_ready() {
        const auto patience = SteadyClock::now() + std::chrono::seconds(10);
        while (!receive()) {
            if (SteadyClock::now() > patience) fail("nothing came from the feed within 10 s");
        }
        std::puts("ready");
        std::fflush(stdout);
    }

    void run() {
        deliveries_ = bytes_ = gaps_ = unknown_ = heads_ = 0;
        const auto end = SteadyClock::now() + from_seconds(seconds_);
        while (deliveries_ < count_ && SteadyClock::now() < end && !is_quiet()) receive();
    }

    void print() const {
        const double seconds = seconds_between(first_, last_);
        const double rate = seconds > 0.0 ? static_cast<double>(deliveries_ - 1) / seconds : 0.0;
        std::printf("{\"deliveries\":%zu,\"bytes\":%zu,\"seconds\":%.3f,\"rate\":%.1f,\"gaps\":%zu,",
                    deliveries_, bytes_, seconds, rate, gaps_);
        std::printf("\"unknown\":%zu,\"heads\":%zu,\"first_at\":%.6f,\"last_at\":%.6f}\n", unknown_, heads_,
                    seconds_between({}, first_), seconds_between({}, last_));
        std::fflush(stdout);
    }

 private:
    bool is_quiet() const { return deliveries_ > 0 && SteadyClock::now() - last_ > quiet_; }

    /// Takes one message of four frames; false when none came for a while.
    bool receive() {
        if (!socket_.recv(frames_[0])) return false;
        for (std::size_t i = 1; i < 4; ++i) {
            if (!frames_[i - 1].more() || !socket_.recv(frames_[i]))
                fail("a message has less than four frames");
        }
        if (frames_[3].more()) fail("a message has more than four frames");
        if (frames_[0].to_string_view() == head_type) {
            ++heads_;
        } else {
            count();
        }
        return true;
    }

    void count() {
        last_ = SteadyClock::now();
        if (deliveries_++ == 0) first_ = last_;
        bytes_ += frames_[3].size();
        const std::string_view previous = frames_[2].to_string_view();
        const auto [seen, is_new] = last_of_type_.try_emplace(frames_[0].to_string());
        if (previous == "-") {
            ++unknown_;
        } else if (!is_new && seen->second != previous) {
            ++gaps_;
        }
        seen->second.assign(frames_[1].to_string_view());
    }

    double seconds_;
    std::uint64_t count_;
    SteadyClock::duration quiet_;
    zmq::context_t context_{1};
    zmq::socket_t socket_{context_, zmq::socket_type::sub};
    zmq::message_t frames_[4];
    std::unordered_map<std::string, std::string> last_of_type_;
    SteadyClock::time_point first_;
    SteadyClock::time_point last_;
    std::size_t deliveries_ = 0;
    std::size_t bytes_ = 0;
    std::size_t gaps_ = 0;
    std::size_t unknown_ = 0;
    std::size_t heads_ = 0;
};

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    const Arguments arguments(
        argc, argv, usage,
        {"--endpoint", "--subscribe", "--seconds", "--count", "--quiet", "--bursts", "--high-water"});
    Subscriber subscriber(arguments);
    subscriber.wait_until_ready();
    for (std::uint64_t i = arguments.number("--bursts", 1); i > 0; --i) {
        subscriber.run();
        subscriber.print();
    }
    return 0;
}
