// SPDX-License-Identifier: Apache-2.0
// What the sessions of one server share: its loop, its limits, and who waits for new events.
#pragma once

#include <utility>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/core/pulse.hpp"
#include "daemon/adapters/http/acceptor.hpp"
#include "daemon/adapters/http/http_server.hpp"

namespace tocsin::daemon::http {

class Session;

/// Coroutines and sockets of this room name the loop's executor: the type-erased one costs at every step.
using Executor = asio::io_context::executor_type;
template <class Result>
using Task = asio::awaitable<Result, Executor>;
inline constexpr asio::use_awaitable_t<Executor> use_task{};
/// Of a Unix socket or of TCP: nothing but the connecting differs.
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;

/// Stands for a session that waits for a reply. A number, so that the committing thread holds nothing of it.
struct Ticket {
    std::uint32_t place = 0;
    std::uint32_t turn = 0;
};

/// Thread rule: the loop's own thread, but for `stop`, `reconfigure`, `deliver` and `wake_streams`.
class Loop {
 public:
    Loop(std::vector<Listener> listeners, const Options& options, api::Commands& commands,
         const api::Queries& queries, api::Access& access, api::Audit& audit, metrics::Metrics& metrics,
         api::Exposition exposition, api::Control& control, pipeline::Pipelines& pipelines,
         const core::Clock& clock);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void stop();
    core::Pulse& pulse() noexcept { return pulse_; }
    void reconfigure(const Options& options);

    asio::io_context& context() noexcept { return context_; }
    const Options& options() const noexcept { return options_; }
    const core::Clock& clock() const noexcept { return clock_; }
    metrics::Metrics& metrics() noexcept { return metrics_; }
    api::Context api() noexcept {
        return {commands_, queries_, codec_, audit_, exposition_, control_, pipelines_};
    }
    api::Access& access() noexcept { return access_; }
    api::Audit& audit() noexcept { return audit_; }
    const TcpDoor& tcp() const noexcept { return tcp_; }
    const eventlog::EventLog& log() const noexcept { return queries_.log(); }
    bool is_stopping() const noexcept { return stopping_; }
    bool is_own_thread() const noexcept { return context_.get_executor().running_in_this_thread(); }

    /// Commits when the sessions that are ready now have had their turn: one commit for the whole burst.
    void flush_soon();

    /// A reply for this ticket goes to the session, unless the session is gone by then.
    Ticket expect_reply(Session& session);
    void give_back(Ticket ticket);
    /// Any thread.
    void deliver(Ticket ticket, api::Response response);

    /// Counts the bytes of unfinished requests, whose clients could fill the memory. False when there is no
    /// room.
    bool reserve_bytes(std::size_t more) noexcept;
    void release_bytes(std::size_t bytes) noexcept { request_bytes_ -= bytes; }

    /// Calls the session's `on_new_events` at the next commit. Look at the head once more after this call: a
    /// commit before it wakes nobody.
    void wait_for_events(Session& session);
    void forget(Session& session);

 private:
    struct Place {
        Session* session = nullptr;
        std::uint32_t turn = 0;
    };
    struct Delivery {
        Ticket ticket;
        api::Response response;
    };

    void open(Listener listener);
    void admit_local(int descriptor);
    void admit_tcp(int descriptor);
    void admit(Socket socket, api::Visit visit, std::optional<IpAddress> from);
    void refuse(int descriptor, const core::Error& error);
    void sweep_soon();
    void hand_over(Ticket ticket, api::Response response);
    void take_deliveries();
    void wake_streams() noexcept;
    void begin_stop();
    void stop_when_idle();

    std::set<Session*> sessions_;  // before the context, which destroys the sessions that are left
    std::set<Session*> waiting_;
    mutable asio::io_context context_{1};
    Options options_;
    TcpDoor tcp_;
    api::Commands& commands_;
    const api::Queries& queries_;
    api::Access& access_;
    api::Audit& audit_;
    metrics::Metrics& metrics_;
    api::Exposition exposition_;
    api::Control& control_;
    pipeline::Pipelines& pipelines_;
    const core::Clock& clock_;
    api::DraftCodec codec_;

    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    asio::steady_timer sweep_;
    std::vector<Place> places_;
    std::vector<std::uint32_t> free_places_;
    std::mutex mutex_;  // guards the next
    std::vector<Delivery> deliveries_;
    std::size_t request_bytes_ = 0;
    bool flush_is_due_ = false;
    bool stopping_ = false;
    core::SteadyTime stop_deadline_{};
    core::Pulse pulse_;
    std::atomic<bool> wake_is_due_{false};
    std::atomic<bool> somebody_waits_{false};
    std::unique_ptr<eventlog::Watch> watch_;
    std::thread thread_;
};

}  // namespace tocsin::daemon::http
