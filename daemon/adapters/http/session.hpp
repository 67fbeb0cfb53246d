// SPDX-License-Identifier: Apache-2.0
// One connection: requests in order, each answered before the next is looked at.
#pragma once

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "daemon/adapters/http/loop.hpp"

namespace tocsin::daemon::http {

/// Lives as long as its coroutine. Thread rule: the loop's thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
    using Socket = asio::local::stream_protocol::socket;

    Session(Socket socket, api::Principal principal, Loop& loop);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start();

    /// Ends what waits for the client longer than it may.
    void expire(core::SteadyTime now);
    /// The server stops: ends at once unless a reply is under way.
    void wind_down();
    void on_new_events();

 private:
    enum class Phase { idle, reading, answering, writing, streaming };
    enum class KeepAlive { yes, no };
    struct Incoming;
    struct Fault;
    struct Step {
        std::string chunk;
        std::size_t events = 0;
        bool finished = false;
        bool caught_up = false;
    };

    asio::awaitable<void> run();
    asio::awaitable<bool> serve_one();
    asio::awaitable<bool> read(Incoming& incoming);
    asio::awaitable<bool> receive();
    asio::awaitable<bool> dispatch(Incoming& incoming);
    asio::awaitable<api::Response> answer(const api::Route& route, const api::Request& request,
                                          std::optional<api::Stream>& stream);
    asio::awaitable<bool> write(const api::Response& response, KeepAlive keep_alive);
    asio::awaitable<bool> write_text(const std::string& head, const std::string& body);
    asio::awaitable<void> refuse(const Fault& fault);
    asio::awaitable<void> stream(api::Stream stream);
    asio::awaitable<void> give_way();
    asio::awaitable<bool> wait_for_more(const api::Stream& stream);
    Step next_step(api::Stream& stream);
    void watch_for_hangup();
    void enter(Phase phase);
    bool reserve(std::size_t body_bytes);
    void release();
    void count(std::string_view route, int status);

    Socket socket_;
    api::Principal principal_;
    Loop& loop_;
    boost::beast::flat_buffer buffer_;
    asio::steady_timer events_timer_;
    Phase phase_ = Phase::idle;
    core::SteadyTime deadline_{};
    core::SteadyTime started_{};
    std::size_t reserved_bytes_ = 0;
    bool head_only_ = false;  // the request was HEAD: its reply has no body
    bool timed_out_ = false;
    bool hung_up_ = false;
};

}  // namespace tocsin::daemon::http
