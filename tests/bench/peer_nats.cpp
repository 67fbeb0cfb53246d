// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/peer_protocol.hpp"

namespace tocsin::bench {
namespace {

constexpr std::string_view inbox = "_INBOX.bench.";
constexpr std::size_t opening = static_cast<std::size_t>(-1);

class Nats final : public PeerProtocol {
 public:
    void open(StreamSocket& socket) override {
        const std::string stream =
            "{\"name\":\"BENCH\",\"subjects\":[\"bench.event\"],\"storage\":\"file\",\"retention\":"
            "\"limits\","
            "\"max_consumers\":-1,\"max_msgs\":-1,\"max_bytes\":-1,\"max_age\":0,\"num_replicas\":1}";
        std::string out =
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c++\",\"version\":\"0\"}\r\n";
        out += "SUB " + std::string(inbox) + "* 1\r\n";
        append(out, "$JS.API.STREAM.CREATE.BENCH", "s", stream);
        socket.send(out);
        bool is_open = false;
        for (std::string in; !is_open;) {
            socket.receive(in);
            take(in, [&](std::size_t slot) { is_open = is_open || slot == opening; });
        }
    }

    void publish(std::string_view payload, std::size_t slot, std::string& out) override {
        append(out, "bench.event", std::to_string(slot), payload);
    }

    /// Lines that are no message (INFO, +OK, PING) end with CR LF; a message has its length in the first
    /// line.
    void take(std::string& in, const Acknowledged& acknowledged) override {
        std::size_t taken = 0;
        while (true) {
            const std::size_t end = in.find("\r\n", taken);
            if (end == std::string::npos) break;
            const std::string_view line(in.data() + taken, end - taken);
            if (line.starts_with("-ERR")) fail("nats: " + std::string(line));
            if (!line.starts_with("MSG ")) {
                taken = end + 2;
                continue;
            }
            const std::size_t length = number(line.substr(line.rfind(' ') + 1));
            if (in.size() < end + 2 + length + 2) break;
            acknowledged(slot_of(line, std::string_view(in).substr(end + 2, length)));
            taken = end + 2 + length + 2;
        }
        in.erase(0, taken);
    }

 private:
    static void append(std::string& out, std::string_view subject, std::string_view reply,
                       std::string_view payload) {
        out.append("PUB ").append(subject).append(" ").append(inbox).append(reply).append(" ");
        out.append(std::to_string(payload.size())).append("\r\n").append(payload).append("\r\n");
    }

    /// `MSG _INBOX.bench.SLOT 1 LENGTH`; the body tells of an error.
    static std::size_t slot_of(std::string_view line, std::string_view body) {
        if (body.find("\"error\"") != std::string_view::npos) fail("nats: " + std::string(body));
        const std::string_view rest = line.substr(4 + inbox.size());
        const std::string_view name = rest.substr(0, rest.find(' '));
        return name == "s" ? opening : number(name);
    }

    static std::size_t number(std::string_view text) {
        std::size_t value = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
            fail("nats: not a number: " + std::string(text));
        return value;
    }
};

}  // namespace

std::unique_ptr<PeerProtocol> nats_protocol() { return std::make_unique<Nats>(); }

}  // namespace tocsin::bench
