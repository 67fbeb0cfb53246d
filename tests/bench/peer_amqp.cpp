// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/peer_protocol.hpp"

namespace tocsin::bench {
namespace {

enum Frame : std::uint8_t { method = 1, header = 2, body = 3 };

constexpr std::uint32_t method_id(std::uint32_t klass, std::uint32_t number) { return klass << 16U | number; }

constexpr std::uint32_t connection_start = method_id(10, 10);
constexpr std::uint32_t connection_start_ok = method_id(10, 11);
constexpr std::uint32_t connection_tune = method_id(10, 30);
constexpr std::uint32_t connection_tune_ok = method_id(10, 31);
constexpr std::uint32_t connection_open = method_id(10, 40);
constexpr std::uint32_t connection_open_ok = method_id(10, 41);
constexpr std::uint32_t channel_open = method_id(20, 10);
constexpr std::uint32_t channel_open_ok = method_id(20, 11);
constexpr std::uint32_t queue_declare = method_id(50, 10);
constexpr std::uint32_t queue_declare_ok = method_id(50, 11);
constexpr std::uint32_t basic_publish = method_id(60, 40);
constexpr std::uint32_t basic_ack = method_id(60, 80);
constexpr std::uint32_t confirm_select = method_id(85, 10);
constexpr std::uint32_t confirm_select_ok = method_id(85, 11);

constexpr std::size_t frame_head = 7;
constexpr char frame_end = '\xCE';
constexpr std::string_view queue = "bench";

void append(std::string& out, std::uint64_t value, std::size_t bytes) {
    while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes) & 0xFFU);
}

std::uint64_t number(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
    return value;
}

std::string short_text(std::string_view text) { return static_cast<char>(text.size()) + std::string(text); }

std::string long_text(std::string_view text) {
    std::string out;
    append(out, text.size(), 4);
    return out.append(text);
}

void append_frame(std::string& out, Frame type, std::uint32_t channel, std::string_view payload) {
    append(out, type, 1);
    append(out, channel, 2);
    append(out, payload.size(), 4);
    out.append(payload) += frame_end;
}

void append_method(std::string& out, std::uint32_t channel, std::uint32_t id, std::string_view arguments) {
    std::string payload;
    append(payload, id, 4);
    append_frame(out, method, channel, payload.append(arguments));
}

class Amqp final : public PeerProtocol {
 public:
    void open(StreamSocket& socket) override {
        using namespace std::string_literals;
        socket.send("AMQP\0\0\x09\x01"s);
        expect(socket, connection_start);
        call(socket, 0, connection_start_ok,
             long_text("") + short_text("PLAIN") + long_text("\0guest\0guest"s) + short_text("en_US"),
             connection_tune);
        std::string tuned = arguments_.substr(0, 6);
        append(tuned, 0, 2);  // no heartbeat
        std::string out;
        append_method(out, 0, connection_tune_ok, tuned);
        socket.send(out);
        call(socket, 0, connection_open, short_text("/") + short_text("") + "\0"s, connection_open_ok);
        call(socket, 1, channel_open, short_text(""), channel_open_ok);
        const std::string options = short_text("x-queue-type") + "S" + long_text("quorum");
        call(socket, 1, queue_declare, "\0\0"s + short_text(queue) + "\x02" + long_text(options),
             queue_declare_ok);
        call(socket, 1, confirm_select, "\0"s, confirm_select_ok);
    }

    /// A publish is three frames: the method, a header (class, weight, size, delivery mode 2: persistent),
    /// the body.
    void publish(std::string_view payload, std::size_t slot, std::string& out) override {
        using namespace std::string_literals;
        append_method(out, 1, basic_publish, "\0\0"s + short_text("") + short_text(queue) + "\0"s);
        std::string properties;
        append(properties, 60, 2);
        append(properties, 0, 2);
        append(properties, payload.size(), 8);
        append(properties, 0x1000, 2);
        append(properties, 2, 1);
        append_frame(out, header, 1, properties);
        append_frame(out, body, 1, payload);
        slots_.push_back(slot);
        is_acknowledged_.push_back(false);
    }

    void take(std::string& in, const Acknowledged& acknowledged) override {
        std::size_t taken = 0;
        while (const auto length = whole_frame(std::string_view(in).substr(taken))) {
            const std::string_view payload(in.data() + taken + frame_head, length - frame_head - 1);
            const auto id = static_cast<std::uint32_t>(number(payload.substr(0, 4)));
            if (id != basic_ack) fail("rabbitmq: unexpected method " + std::to_string(id));
            confirm(number(payload.substr(4, 8)), payload[12] != 0, acknowledged);
            taken += length;
        }
        in.erase(0, taken);
    }

 private:
    /// The length of the frame at the front, 0 while it is not all there.
    static std::size_t whole_frame(std::string_view in) {
        if (in.size() < frame_head) return 0;
        const std::size_t length = frame_head + number(in.substr(3, 4)) + 1;
        return in.size() < length ? 0 : length;
    }

    /// Tags count publishes from 1; `multiple` means this one and all before it.
    void confirm(std::uint64_t tag, bool multiple, const Acknowledged& acknowledged) {
        for (std::uint64_t i = multiple ? first_tag_ : tag; i <= tag; ++i) {
            const std::size_t place = i - first_tag_;
            if (!is_acknowledged_.at(place)) acknowledged(slots_[place]);
            is_acknowledged_[place] = true;
        }
        while (!slots_.empty() && is_acknowledged_.front()) {
            slots_.pop_front();
            is_acknowledged_.pop_front();
            ++first_tag_;
        }
    }

    void call(StreamSocket& socket, std::uint32_t channel, std::uint32_t id, std::string_view arguments,
              std::uint32_t answer) {
        std::string out;
        append_method(out, channel, id, arguments);
        socket.send(out);
        expect(socket, answer);
    }

    /// Waits for this method and keeps its arguments.
    void expect(StreamSocket& socket, std::uint32_t id) {
        while (whole_frame(in_) == 0) socket.receive(in_);
        const std::size_t length = whole_frame(in_);
        const std::string payload = in_.substr(frame_head, length - frame_head - 1);
        in_.erase(0, length);
        if (number(std::string_view(payload).substr(0, 4)) != id) fail("rabbitmq refuses: " + payload);
        arguments_ = payload.substr(4);
    }

    std::string in_;
    std::string arguments_;
    std::deque<std::size_t> slots_;
    std::deque<bool> is_acknowledged_;
    std::uint64_t first_tag_ = 1;
};

}  // namespace

std::unique_ptr<PeerProtocol> amqp_protocol() { return std::make_unique<Amqp>(); }

}  // namespace tocsin::bench
