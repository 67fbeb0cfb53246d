// SPDX-License-Identifier: Apache-2.0
// The event intake: a ROUTER that answers after the commit, any number of messages in flight.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "daemon/adapters/zeromq/context.hpp"
#include "daemon/adapters/zeromq/frames.hpp"
#include "daemon/api/commands.hpp"
#include "daemon/api/draft_codec.hpp"
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::zeromq {

/// Frames in: identity, empty, `emit`, correlation, body. Frames out: identity, empty, `ok` or an error code,
/// correlation, JSON. Runs on a thread of its own from construction to `stop`.
class Intake {
 public:
    Intake(Context& context, const Endpoint& endpoint, api::Commands& commands, api::Access& access,
           metrics::Metrics& metrics);
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    /// Takes no more messages, and returns when the replies that are ready are sent.
    void stop();

 private:
    struct Reply {
        std::string identity;
        std::string correlation;
        std::string code;
        std::string body;
    };

    void run() noexcept;
    void take_burst();
    void handle(const Message& message);
    void emit(std::string identity, std::string correlation, const zmq::message_t& body);
    void refuse(std::string identity, std::string correlation, const core::Error& error);
    void post(Reply reply);
    void send_replies();
    api::Principal principal_of(const zmq::message_t& frame);

    api::Commands& commands_;
    api::Access& access_;
    metrics::Metrics& metrics_;
    api::DraftCodec codec_;
    zmq::socket_t socket_;
    Doorbell doorbell_;
    std::mutex mutex_;
    std::vector<Reply> replies_;
    std::atomic<bool> stopping_{false};
    std::thread::id own_thread_;  // set before any message is taken
    std::thread thread_;
};

}  // namespace tocsin::daemon::zeromq
