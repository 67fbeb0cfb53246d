// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/peer_protocol.hpp"

namespace tocsin::bench {
namespace {

class Redis final : public PeerProtocol {
 public:
    void open(StreamSocket&) override {}

    void publish(std::string_view payload, std::size_t slot, std::string& out) override {
        out += "*5\r\n$4\r\nXADD\r\n$5\r\nbench\r\n$1\r\n*\r\n$1\r\ne\r\n$" + std::to_string(payload.size()) +
               "\r\n";
        out += payload;
        out += "\r\n";
        waiting_.push_back(slot);
    }

    /// A reply is a bulk string, the entry's id: `$15\r\n1700000000000-0\r\n`. Replies come in order.
    void take(std::string& in, const Acknowledged& acknowledged) override {
        std::size_t taken = 0;
        while (true) {
            const std::size_t head = in.find("\r\n", taken);
            if (head == std::string::npos) break;
            if (in[taken] != '$') fail("redis: " + in.substr(taken, head - taken));
            const std::size_t end = in.find("\r\n", head + 2);
            if (end == std::string::npos) break;
            taken = end + 2;
            acknowledged(waiting_.front());
            waiting_.pop_front();
        }
        in.erase(0, taken);
    }

 private:
    std::deque<std::size_t> waiting_;
};

}  // namespace

std::unique_ptr<PeerProtocol> redis_protocol() { return std::make_unique<Redis>(); }

}  // namespace tocsin::bench
