// SPDX-License-Identifier: Apache-2.0
// Delivers to ZeroMQ peers: to every subscriber (PUB), or each message to one worker (PUSH).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <zmq.hpp>

#include "common/core/sequence.hpp"
#include "daemon/adapters/zeromq/context.hpp"
#include "daemon/adapters/zeromq/frames.hpp"
#include "daemon/adapters/zeromq/subscriptions.hpp"
#include "daemon/adapters/zeromq/zmq_options.hpp"
#include "daemon/pipeline/sink.hpp"

namespace tocsin::daemon::zeromq {

/// An event is sent as the feed's frames: type; sequence; the sequence of the message of this type that this
/// sink sent before (`-` after a start); the CloudEvent as JSON. What `map` made is sent as type; JSON.
///
/// `delivered` means handed to the queue of a connected peer: what waits there is lost when the peer goes, or
/// when the daemon ends without its second of lingering. Without a peer that has room the sink is down.
///
/// - PUSH: a peer is one whose connection stands.
/// - PUB: one full queue holds all subscribers up, and none of them misses a message; with nobody subscribed
///   to anything the sink is down; a type that nobody asked for is delivered to nobody.
///
/// A bound ipc path gets mode 0660. One at which somebody listens is left alone: the sink is down.
/// libzmq looks names up on its context's I/O thread, so sinks should not share the intake's context.
/// Thread rule: any thread; calls wait for each other.
class ZmqSink final : public pipeline::Sink {
 public:
    ZmqSink(Context& context, ZmqOptions options);
    ~ZmqSink() override;

    pipeline::Delivery deliver(std::span<const pipeline::Message> messages,
                               const pipeline::Occasion& occasion, std::stop_token stop) override;
    std::size_t most_messages() const noexcept override { return 256; }

 private:
    void open();
    void attach(zmq::socket_t& socket) const;
    void close() noexcept;
    bool send_in_time(const pipeline::Message& message, const std::stop_token& stop);
    bool try_send(const pipeline::Message& message);
    bool send_event(const pipeline::Message& message);
    void look_around();
    void look();
    std::string why_not() const;

    Context& context_;
    const ZmqOptions options_;
    std::mutex mutex_;      // guards what follows
    zmq::socket_t socket_;  // empty until a delivery opens it
    Subscriptions subscriptions_;
    Message received_;
    std::chrono::steady_clock::time_point last_look_;
    std::map<std::string, core::Seq, std::less<>> previous_;  // by type: the last sequence sent
};

}  // namespace tocsin::daemon::zeromq
