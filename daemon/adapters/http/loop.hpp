// SPDX-License-Identifier: Apache-2.0
// What the sessions of one server share: its loop, its limits, and who waits for new events.
#pragma once

#include <utility>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "daemon/adapters/http/http_server.hpp"

namespace tocsin::daemon::http {

namespace asio = boost::asio;

class Session;

/// Thread rule: the loop's own thread, but for `stop` and `wake_streams`.
class Loop {
 public:
    Loop(Listener listener, const Options& options, api::Commands& commands, const api::Queries& queries,
         api::Access& access, metrics::Metrics& metrics, api::Exposition exposition,
         const core::Clock& clock);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void stop();

    asio::io_context& context() noexcept { return context_; }
    const Options& options() const noexcept { return options_; }
    const core::Clock& clock() const noexcept { return clock_; }
    metrics::Metrics& metrics() noexcept { return metrics_; }
    api::Context api() noexcept { return {commands_, queries_, codec_, exposition_}; }
    const eventlog::EventLog& log() const noexcept { return queries_.log(); }
    bool is_stopping() const noexcept { return stopping_; }
    bool is_own_thread() const noexcept { return context_.get_executor().running_in_this_thread(); }

    /// Commits when the sessions that are ready now have had their turn: one commit for the whole burst.
    void flush_soon();

    /// Counts the bytes of unfinished requests, whose clients could fill the memory. False when there is no
    /// room.
    bool reserve_bytes(std::size_t more) noexcept;
    void release_bytes(std::size_t bytes) noexcept { request_bytes_ -= bytes; }

    /// Calls the session's `on_new_events` at the next commit. Look at the head once more after this call: a
    /// commit before it wakes nobody.
    void wait_for_events(Session& session);
    void forget(Session& session);

 private:
    void accept_soon();
    void accept_all();
    void admit(int descriptor);
    void refuse(int descriptor, const core::Error& error);
    void sweep_soon();
    void wake_streams() noexcept;
    void begin_stop();
    void stop_when_idle();

    std::set<Session*> sessions_;  // before the context, which destroys the sessions that are left
    std::set<Session*> waiting_;
    mutable asio::io_context context_{1};
    Listener listener_;
    const Options& options_;
    api::Commands& commands_;
    const api::Queries& queries_;
    api::Access& access_;
    metrics::Metrics& metrics_;
    api::Exposition exposition_;
    const core::Clock& clock_;
    api::DraftCodec codec_;

    asio::posix::stream_descriptor acceptor_;
    asio::steady_timer accept_pause_;
    asio::steady_timer sweep_;
    std::size_t request_bytes_ = 0;
    bool flush_is_due_ = false;
    bool stopping_ = false;
    core::SteadyTime stop_deadline_{};
    std::atomic<bool> wake_is_due_{false};
    std::atomic<bool> somebody_waits_{false};
    std::unique_ptr<eventlog::Watch> watch_;
    std::thread thread_;
};

}  // namespace tocsin::daemon::http
