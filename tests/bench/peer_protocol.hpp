// SPDX-License-Identifier: Apache-2.0
// Publishing to other brokers, spoken by hand over a socket, so that no client library of theirs is needed or
// measured.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/bench/stream_socket.hpp"

namespace tocsin::bench {

/// A connection to a broker on which many messages wait for their acknowledgement. One thread.
class PeerProtocol {
 public:
    using Acknowledged = std::function<void(std::size_t slot)>;

    virtual ~PeerProtocol() = default;

    /// Says hello and makes what is published to. Ends the program when the broker refuses.
    virtual void open(StreamSocket& socket) = 0;

    /// Appends the bytes that publish `payload`; its acknowledgement will name `slot`.
    virtual void publish(std::string_view payload, std::size_t slot, std::string& out) = 0;

    /// Takes all whole replies off the front of `in`. Ends the program when one is a refusal.
    virtual void take(std::string& in, const Acknowledged& acknowledged) = 0;
};

/// `XADD` to a Redis stream, pipelined. Protocol: RESP2, https://redis.io/docs/reference/protocol-spec/
std::unique_ptr<PeerProtocol> redis_protocol();

/// Publishing to a stream of NATS JetStream, with acknowledgements at a reply inbox.
/// Protocol: https://docs.nats.io/reference/reference-protocols/nats-protocol and …/nats_api_reference
std::unique_ptr<PeerProtocol> nats_protocol();

/// Publishing to a durable quorum queue of RabbitMQ with confirms. Protocol: AMQP 0-9-1 and its confirm
/// extension.
std::unique_ptr<PeerProtocol> amqp_protocol();

}  // namespace tocsin::bench
