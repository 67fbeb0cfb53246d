// SPDX-License-Identifier: Apache-2.0
// Load on the event intake: one DEALER that keeps W events in flight, K of them in a message.
#include <zmq.hpp>

#include "tests/bench/arguments.hpp"
#include "tests/bench/fresh_text.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: intake_load --endpoint ipc://PATH --draft JSON [--in-flight 256] [--per-message 1]\n"
    "                   [--warmup 0.5] [--seconds 2 | --count N]\n"
    "Every @ in the draft becomes a fresh id. --count sends exactly N events and measures all of them.\n"
    "Prints JSON: events, messages, seconds, rate, p50_us, p99_us, errors (replies other than ok), "
    "last_error.";

constexpr int patience_ms = 20'000;

std::string repeated_lines(const std::string& draft, std::uint64_t count) {
    std::string lines = draft;
    for (std::uint64_t i = 1; i < count; ++i) lines += "\n" + draft;
    return lines;
}

std::string json_string(std::string_view text) {
    std::string quoted = "\"";
    for (const char character : text) {
        if (character == '"' || character == '\\') quoted += '\\';
        quoted += static_cast<unsigned char>(character) < 0x20 ? ' ' : character;
    }
    return quoted + '"';
}

class Load {
 public:
    explicit Load(const Arguments& arguments)
        : per_message_(arguments.number("--per-message", 1)),
          count_(arguments.number("--count", 0)),
          warmup_(count_ != 0 ? 0.0 : arguments.real("--warmup", 0.5)),
          seconds_(arguments.real("--seconds", 2.0)) {
        if (per_message_ == 0 || seconds_ <= 0.0)
            arguments.misuse("--per-message and --seconds must not be 0");
        if (count_ % per_message_ != 0) arguments.misuse("--count must be a multiple of --per-message");
        started_.resize(std::max<std::uint64_t>(1, arguments.number("--in-flight", 256) / per_message_));
        body_ = FreshText(repeated_lines(arguments.required("--draft"), per_message_));
        socket_.set(zmq::sockopt::sndhwm, 0);
        socket_.set(zmq::sockopt::rcvhwm, 0);
        socket_.set(zmq::sockopt::linger, 0);
        socket_.set(zmq::sockopt::rcvtimeo, patience_ms);
        socket_.connect(arguments.required("--endpoint"));
    }

    void run() {
        begin_ = SteadyClock::now() + from_seconds(warmup_);
        end_ = count_ != 0 ? SteadyClock::time_point::max() : begin_ + from_seconds(seconds_);
        for (std::size_t slot = 0; slot < started_.size(); ++slot) send(slot, SteadyClock::now());
        while (in_flight_ > 0) {
            const std::size_t errors = errors_;
            const std::size_t slot = receive();
            const auto now = SteadyClock::now();
            --in_flight_;
            if (errors_ == errors && now >= begin_ && now < end_) latencies_.add(now - started_[slot]);
            send(slot, now);
        }
        if (count_ != 0) seconds_ = seconds_between(begin_, SteadyClock::now());
    }

    void print() {
        const std::uint64_t events = latencies_.count() * per_message_;
        std::printf("{\"events\":%zu,\"messages\":%zu,\"seconds\":%.3f,\"rate\":%.1f,", events,
                    latencies_.count(), seconds_, static_cast<double>(events) / seconds_);
        std::printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"errors\":%zu,\"last_error\":%s}\n",
                    latencies_.percentile_us(50), latencies_.percentile_us(99), errors_,
                    json_string(last_error_).c_str());
    }

 private:
    bool is_over(SteadyClock::time_point now) const {
        return count_ != 0 ? messages_sent_ * per_message_ == count_ : now >= end_;
    }

    /// The correlation is the slot that holds the time of sending.
    void send(std::size_t slot, SteadyClock::time_point now) {
        if (is_over(now)) return;
        const std::string correlation = std::to_string(slot);
        started_[slot] = now;
        socket_.send(zmq::const_buffer(), zmq::send_flags::sndmore);
        socket_.send(zmq::str_buffer("emit"), zmq::send_flags::sndmore);
        socket_.send(zmq::buffer(correlation), zmq::send_flags::sndmore);
        socket_.send(zmq::buffer(body_.next()), zmq::send_flags::none);
        ++messages_sent_;
        ++in_flight_;
    }

    /// Takes one reply and returns its slot.
    std::size_t receive() {
        receive_frame(frame_);
        if (!frame_.empty()) fail("a reply does not begin with an empty frame");
        receive_frame(frame_);
        const bool accepted = frame_.to_string_view() == "ok";
        receive_frame(frame_);
        const std::size_t slot = parse_slot(frame_.to_string_view());
        receive_frame(frame_);
        if (frame_.more()) fail("a reply has more than four frames");
        if (!accepted) {
            ++errors_;
            last_error_ = frame_.to_string();
        }
        return slot;
    }

    void receive_frame(zmq::message_t& frame) {
        if (!socket_.recv(frame)) fail("no reply within " + std::to_string(patience_ms / 1000) + " s");
    }

    std::size_t parse_slot(std::string_view text) const {
        std::size_t slot = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), slot);
        if (parsed.ec != std::errc{} || slot >= started_.size()) fail("a reply has a foreign correlation");
        return slot;
    }

    std::uint64_t per_message_;
    std::uint64_t count_;
    double warmup_;
    double seconds_;
    FreshText body_{""};
    zmq::context_t context_{1};
    zmq::socket_t socket_{context_, zmq::socket_type::dealer};
    zmq::message_t frame_;
    std::vector<SteadyClock::time_point> started_;
    std::size_t in_flight_ = 0;
    std::uint64_t messages_sent_ = 0;
    std::size_t errors_ = 0;
    std::string last_error_;
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
        {"--endpoint", "--draft", "--in-flight", "--per-message", "--warmup", "--seconds", "--count"}));
    load.run();
    load.print();
    return 0;
}
