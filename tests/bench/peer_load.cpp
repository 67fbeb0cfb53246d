// SPDX-License-Identifier: Apache-2.0
// The load of intake_load on another broker: one connection that keeps W messages in flight.
#include "tests/bench/fresh_text.hpp"
#include "tests/bench/latencies.hpp"
#include "tests/bench/peer_protocol.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: peer_load --protocol redis|nats|amqp (--unix PATH | --port N) --payload TEXT [--in-flight 256]\n"
    "                 [--warmup 0.5] [--seconds 2 | --count N]\n"
    "redis: XADD; nats: a stream of JetStream; amqp: a quorum queue with confirms. Every @ in the payload "
    "becomes\n"
    "a fresh id. --count publishes exactly N messages and measures all of them.\n"
    "Prints JSON: events, seconds, rate, p50_us, p99_us. A refusal by the broker ends it with 1.";

class Load {
 public:
    explicit Load(const Arguments& arguments)
        : socket_(arguments),
          protocol_(protocol(arguments)),
          payload_(arguments.required("--payload")),
          count_(arguments.number("--count", 0)),
          warmup_(count_ != 0 ? 0.0 : arguments.real("--warmup", 0.5)),
          seconds_(arguments.real("--seconds", 2.0)),
          started_(std::max<std::uint64_t>(1, arguments.number("--in-flight", 256))) {
        protocol_->open(socket_);
    }

    void run() {
        begin_ = SteadyClock::now() + from_seconds(warmup_);
        end_ = count_ != 0 ? SteadyClock::time_point::max() : begin_ + from_seconds(seconds_);
        for (std::size_t slot = 0; slot < started_.size(); ++slot) publish(slot, SteadyClock::now());
        std::string in;
        while (in_flight_ > 0) {
            socket_.send(out_);
            out_.clear();
            socket_.receive(in);
            const auto now = SteadyClock::now();
            protocol_->take(in, [&](std::size_t slot) { acknowledge(slot, now); });
        }
        if (count_ != 0) seconds_ = seconds_between(begin_, SteadyClock::now());
    }

    void print() {
        std::printf("{\"events\":%zu,\"seconds\":%.3f,\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
                    latencies_.count(), seconds_, static_cast<double>(latencies_.count()) / seconds_,
                    latencies_.percentile_us(50), latencies_.percentile_us(99));
    }

 private:
    static std::unique_ptr<PeerProtocol> protocol(const Arguments& arguments) {
        const std::string name = arguments.required("--protocol");
        if (name == "redis") return redis_protocol();
        if (name == "nats") return nats_protocol();
        if (name == "amqp") return amqp_protocol();
        arguments.misuse("--protocol: " + name);
    }

    void publish(std::size_t slot, SteadyClock::time_point now) {
        if (count_ != 0 ? published_ == count_ : now >= end_) return;
        started_[slot] = now;
        protocol_->publish(payload_.next(), slot, out_);
        ++published_;
        ++in_flight_;
    }

    void acknowledge(std::size_t slot, SteadyClock::time_point now) {
        --in_flight_;
        if (now >= begin_ && now < end_) latencies_.add(now - started_.at(slot));
        publish(slot, now);
    }

    StreamSocket socket_;
    std::unique_ptr<PeerProtocol> protocol_;
    FreshText payload_;
    std::uint64_t count_;
    double warmup_;
    double seconds_;
    std::vector<SteadyClock::time_point> started_;
    std::string out_;
    std::size_t in_flight_ = 0;
    std::uint64_t published_ = 0;
    SteadyClock::time_point begin_;
    SteadyClock::time_point end_;
    Latencies latencies_;
};

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    Load load(Arguments(
        argc, argv, usage,
        {"--protocol", "--unix", "--port", "--payload", "--in-flight", "--warmup", "--seconds", "--count"}));
    load.run();
    load.print();
    return 0;
}
