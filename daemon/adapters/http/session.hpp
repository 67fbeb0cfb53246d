// SPDX-License-Identifier: Apache-2.0
// One connection: requests in order, each answered before the next is looked at.
#pragma once

#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "daemon/adapters/http/loop.hpp"

namespace tocsin::daemon::http {

/// Lives as long as its coroutine. Thread rule: the loop's thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
    using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                             asio::wait_traits<std::chrono::steady_clock>, Executor>;

    /// `from` is the peer's address at the TCP door.
    Session(Socket socket, api::Visit visit, std::optional<IpAddress> from, Loop& loop);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start();
    const std::optional<IpAddress>& from() const noexcept { return from_; }

    /// Ends what waits for the client longer than it may.
    void expire(core::SteadyTime now);
    /// The server stops: ends at once unless a reply is under way.
    void wind_down();
    void on_new_events();
    /// The reply to the request that is being answered.
    void on_reply(api::Response response);

 private:
    enum class Phase { idle, reading, answering, writing, streaming };
    enum class KeepAlive { yes, no };
    struct Incoming;
    struct Fault;
    struct Step {
        std::size_t events = 0;
        bool finished = false;
        bool caught_up = false;
    };

    Task<void> run();
    Task<bool> serve_one();
    Task<bool> read(Incoming& incoming);
    void renew_pass(core::SteadyTime now);
    void identify(const Incoming& incoming, const api::Route& route);
    std::optional<Fault> object_to(const Incoming& incoming);
    bool may_go_on(api::Stream& stream);
    std::optional<api::Stream> dispatch(Incoming& incoming, Ticket ticket);
    void render(const api::Response& response, KeepAlive keep_alive);
    Task<bool> send_file(std::shared_ptr<const eventlog::Backup> file, std::string_view media_type);
    Task<bool> write_text(std::string_view text);
    std::optional<std::size_t> write_at_once(std::string_view text);
    Task<void> refuse(const Fault& fault);
    Task<void> stream(api::Stream stream);
    Task<void> give_way();
    Task<bool> wait_for_more(const api::Stream& stream);
    Step next_step(api::Stream& stream);
    void watch_for_hangup();
    void enter(Phase phase);
    bool reserve(std::size_t body_bytes);
    void release();
    void count(std::string_view route, int status);

    Socket socket_;
    api::Visit visit_;
    std::optional<IpAddress> from_;
    std::string token_;  // that came with the request
    api::Pass pass_;     // of the request that is answered
    Loop& loop_;
    boost::beast::flat_buffer buffer_;
    Timer timer_;  // a wait for new events, or, without an end, for a reply: both are ended by a cancel
    std::optional<api::Response> reply_;
    std::string_view route_;  // of the request, as metrics name it
    std::string out_;
    Phase phase_ = Phase::idle;
    core::SteadyTime deadline_{};
    core::SteadyTime started_{};
    std::size_t reserved_bytes_ = 0;
    bool head_only_ = false;  // the request was HEAD: its reply has no body
    bool timed_out_ = false;
    bool hung_up_ = false;
};

}  // namespace tocsin::daemon::http
