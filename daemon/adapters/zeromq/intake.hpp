// SPDX-License-Identifier: Apache-2.0
// The event intake: a ROUTER that answers after the commit, any number of messages in flight.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "common/core/doorbell.hpp"
#include "common/core/pulse.hpp"
#include "daemon/adapters/zeromq/context.hpp"
#include "daemon/adapters/zeromq/frames.hpp"
#include "daemon/api/audit.hpp"
#include "daemon/api/commands.hpp"
#include "daemon/api/draft_codec.hpp"
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::zeromq {

/// Frames in: identity, empty, `emit`, correlation, body. Frames out: identity, empty, `ok` or an error code,
/// correlation, JSON. Runs on a thread of its own from construction to `stop`.
class Intake {
 public:
    Intake(Context& context, const Endpoint& endpoint, api::Commands& commands, api::Access& access,
           api::Audit& audit, metrics::Metrics& metrics);
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    /// Takes what has come by now and nothing more, and returns when it is answered. The log must still run.
    void stop();

    /// Answered once a turn.
    core::Pulse& pulse() noexcept { return pulse_; }

 private:
    /// Where a reply goes.
    struct Address {
        std::string identity;
        std::string correlation;
    };
    struct Reply {
        std::size_t place;  ///< of its address
        eventlog::AppendResult result;
    };

    enum class Ending { no, begun, drained };

    /// The refusal of a client over its rate, which would only ask again at once.
    struct Held {
        std::chrono::steady_clock::time_point until;
        Reply reply;
    };

    void run() noexcept;
    std::size_t unanswered() const noexcept { return addresses_.size() - free_places_.size(); }
    void take_burst();
    void handle();
    void emit(std::size_t place, const zmq::message_t& body);
    std::size_t keep(Address address);
    void post(Reply reply);
    void refuse(std::size_t place, const core::Error& error);
    void release_held();
    std::chrono::milliseconds patience() const;
    void send_replies();
    void send_reply(const Reply& reply);
    const api::Principal& principal_of(const zmq::message_t& frame);

    api::Commands& commands_;
    api::Access& access_;
    api::Audit& audit_;
    metrics::Metrics& metrics_;
    api::DraftCodec codec_;
    zmq::socket_t socket_;
    core::Doorbell doorbell_;
    core::Pulse pulse_{[this] { doorbell_.ring(); }};
    Message message_;
    std::string peer_;  // who is known in this burst, in libzmq's words
    api::Visit visit_{api::Door::intake, {}, {}};
    api::Pass pass_;
    std::vector<Address> addresses_;  // of messages whose replies are due
    std::vector<std::size_t> free_places_;
    std::vector<Reply> due_;
    std::deque<Held> held_;
    int refused_ = 0;   // in this burst, for its rate
    std::mutex mutex_;  // guards what follows
    std::vector<Reply> replies_;
    std::atomic<bool> stopping_{false};
    std::thread::id own_thread_;  // set before any message is taken
    std::thread thread_;
};

}  // namespace tocsin::daemon::zeromq
