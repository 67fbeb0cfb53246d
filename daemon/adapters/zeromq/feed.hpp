// SPDX-License-Identifier: Apache-2.0
// The event feed: an XPUB that publishes every committed event, in order, and the head once a second.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <zmq.hpp>

#include "common/core/clock.hpp"
#include "common/core/doorbell.hpp"
#include "common/core/pulse.hpp"
#include "daemon/adapters/zeromq/context.hpp"
#include "daemon/adapters/zeromq/frames.hpp"
#include "daemon/adapters/zeromq/subscriptions.hpp"
#include "daemon/eventlog/event_log.hpp"
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::zeromq {

struct FeedOptions {
    int queue_messages = 1000;  ///< per subscriber; a slower one misses messages and sees the gap
    std::chrono::milliseconds head_period{1000};
};

/// Reads the log by sequence, so that a slow subscriber holds nobody back. Runs on a thread of its own.
class Feed {
 public:
    Feed(Context& context, const Endpoint& endpoint, const FeedOptions& options,
         const eventlog::EventLog& log, metrics::Metrics& metrics, const core::Clock& clock);
    ~Feed();
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    /// Publishes what is committed by now, then ends.
    void stop();

    /// Answered once a turn.
    core::Pulse& pulse() noexcept { return pulse_; }

 private:
    void run() noexcept;
    void take_subscriptions();
    void begin_at_head();
    void publish_new();
    eventlog::Page next_page();
    void publish(const event::Event& event);
    void publish_head();
    void send_to_all(std::span<const std::string_view> frames);
    std::chrono::milliseconds until_head() const;

    const FeedOptions options_;
    const eventlog::EventLog& log_;
    metrics::Metrics& metrics_;
    const core::Clock& clock_;
    const std::string epoch_;
    zmq::socket_t socket_;
    core::Doorbell doorbell_;
    core::Pulse pulse_{[this] { doorbell_.ring(); }};
    Message received_;
    Subscriptions subscriptions_;
    std::atomic<bool> has_subscribers_{false};
    core::Seq position_ = 0;
    std::map<std::string, core::Seq, std::less<>>
        previous_;      // by type: the last sequence published or stored
    std::string json_;  // of the event that is published
    core::SteadyTime next_head_;
    std::atomic<bool> stopping_{false};
    std::unique_ptr<eventlog::Watch> watch_;
    std::thread thread_;
};

}  // namespace tocsin::daemon::zeromq
