// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/loop.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <optional>
#include <string_view>

#include "common/core/error.hpp"
#include "daemon/adapters/http/response_text.hpp"
#include "daemon/adapters/http/session.hpp"

namespace tocsin::daemon::http {
namespace {

constexpr std::chrono::milliseconds sweep_period{250};
constexpr std::chrono::milliseconds accept_pause{50};

}  // namespace

Loop::Loop(Listener listener, const Options& options, api::Commands& commands, const api::Queries& queries,
           api::Access& access, metrics::Metrics& metrics, api::Exposition exposition, api::Control& control,
           const core::Clock& clock)
    : listener_(std::move(listener)),
      options_(options),
      commands_(commands),
      queries_(queries),
      access_(access),
      metrics_(metrics),
      exposition_(std::move(exposition)),
      control_(control),
      clock_(clock),
      acceptor_(context_, fcntl(listener_.descriptor(), F_DUPFD_CLOEXEC, 0)),
      accept_pause_(context_),
      sweep_(context_) {
    accept_soon();
    sweep_soon();
    thread_ = std::thread([this]() noexcept { context_.run(); });
    pthread_setname_np(thread_.native_handle(), "http");
    watch_ = queries_.log().watch([this] { wake_streams(); });
}

Loop::~Loop() {
    watch_.reset();
    context_.stop();
    if (thread_.joinable()) thread_.join();
    stopping_ = false;  // the sessions that are left end with the context, and have nobody to tell
}

void Loop::accept_soon() {
    acceptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                             if (error || stopping_) return;
                             accept_all();
                         });
}

/// Takes every connection that waits. When descriptors run out it pauses instead of spinning; the daemon's
/// accept guard has shed a connection by then.
void Loop::accept_all() {
    for (int taken = 0; taken < 64; ++taken) {
        const int descriptor =
            accept4(listener_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            admit(descriptor);
            continue;
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN) return accept_soon();
        accept_pause_.expires_after(accept_pause);
        return accept_pause_.async_wait([this](const boost::system::error_code& error) {
            if (!error && !stopping_) accept_soon();
        });
    }
    accept_soon();
}

void Loop::admit(int descriptor) {
    if (sessions_.size() >= options_.max_connections)
        return refuse(descriptor,
                      core::Error::unavailable(core::Reason::busy, "too many connections are open",
                                               "close some, or try again"));
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        ::close(descriptor);
        return;
    }
    Session::Socket socket(context_, asio::local::stream_protocol(), descriptor);
    std::optional<api::Principal> principal;
    try {
        principal = access_.principal({peer.uid, peer.gid});
    } catch (const core::Error& error) {
        return refuse(socket.release(), error);
    }
    auto session = std::make_shared<Session>(std::move(socket), std::move(*principal), *this);
    sessions_.insert(session.get());
    metrics_.http_connections.set(static_cast<std::int64_t>(sessions_.size()));
    session->start();
}

void Loop::refuse(int descriptor, const core::Error& error) {
    const api::Response response = api::to_response(error);
    std::string reply;
    append_response_head(response, Connection::close, reply);
    reply += response.body;
    send(descriptor, reply.data(), reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(descriptor);
    metrics_.http_connections_refused.add();
}

void Loop::forget(Session& session) {
    sessions_.erase(&session);
    waiting_.erase(&session);
    metrics_.http_connections.set(static_cast<std::int64_t>(sessions_.size()));
    if (stopping_) stop_when_idle();
}

Ticket Loop::expect_reply(Session& session) {
    if (free_places_.empty()) {
        free_places_.push_back(static_cast<std::uint32_t>(places_.size()));
        places_.emplace_back();
    }
    const std::uint32_t place = free_places_.back();
    free_places_.pop_back();
    places_[place].session = &session;
    return {place, places_[place].turn};
}

/// What is delivered for it from now on finds nobody.
void Loop::give_back(Ticket ticket) {
    Place& place = places_[ticket.place];
    if (place.turn != ticket.turn) return;
    place = {nullptr, place.turn + 1};
    free_places_.push_back(ticket.place);
}

void Loop::deliver(Ticket ticket, api::Response response) {
    if (is_own_thread()) return hand_over(ticket, std::move(response));
    {
        const std::lock_guard lock(mutex_);
        deliveries_.push_back({ticket, std::move(response)});
        if (deliveries_.size() > 1) return;  // the loop is on its way
    }
    asio::post(context_, [this] { take_deliveries(); });
}

void Loop::take_deliveries() {
    std::vector<Delivery> deliveries;
    {
        const std::lock_guard lock(mutex_);
        deliveries.swap(deliveries_);
    }
    for (Delivery& delivery : deliveries) hand_over(delivery.ticket, std::move(delivery.response));
}

void Loop::hand_over(Ticket ticket, api::Response response) {
    const Place& place = places_[ticket.place];
    if (place.turn == ticket.turn) place.session->on_reply(std::move(response));
}

bool Loop::reserve_bytes(std::size_t more) noexcept {
    constexpr std::size_t budget = 256U << 20;
    if (request_bytes_ + more > budget) return false;
    request_bytes_ += more;
    return true;
}

void Loop::sweep_soon() {
    sweep_.expires_after(sweep_period);
    sweep_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        const core::SteadyTime now = clock_.steady();
        for (Session* session : sessions_) session->expire(now);
        if (stopping_ && now >= stop_deadline_) return context_.stop();
        sweep_soon();
    });
}

void Loop::flush_soon() {
    if (std::exchange(flush_is_due_, true)) return;
    asio::post(context_, [this] {
        flush_is_due_ = false;
        commands_.flush();
    });
}

void Loop::wait_for_events(Session& session) {
    waiting_.insert(&session);
    somebody_waits_.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

void Loop::wake_streams() noexcept {
    // Either this thread sees who waits, or who begins to wait sees the head that has moved.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!somebody_waits_.load(std::memory_order_relaxed) || wake_is_due_.exchange(true)) return;
    asio::post(context_, [this] {
        wake_is_due_ = false;
        somebody_waits_ = false;
        for (Session* session : std::exchange(waiting_, {})) session->on_new_events();
    });
}

void Loop::stop() {
    asio::post(context_, [this] { begin_stop(); });
    if (thread_.joinable()) thread_.join();
}

void Loop::reconfigure(const Options& options) {
    asio::post(context_, [this, options] { options_ = options; });
}

void Loop::begin_stop() {
    stopping_ = true;
    stop_deadline_ = clock_.steady() + options_.drain_timeout;
    acceptor_.close();
    accept_pause_.cancel();
    for (Session* session : sessions_) session->wind_down();
    stop_when_idle();
}

void Loop::stop_when_idle() {
    if (sessions_.empty()) context_.stop();
}

HttpServer::HttpServer(Listener listener, const Options& options, api::Commands& commands,
                       const api::Queries& queries, api::Access& access, metrics::Metrics& metrics,
                       api::Exposition exposition, api::Control& control, const core::Clock& clock)
    : loop_(std::make_unique<Loop>(std::move(listener), options, commands, queries, access, metrics,
                                   std::move(exposition), control, clock)) {}

HttpServer::~HttpServer() = default;

void HttpServer::reconfigure(const Options& options) { loop_->reconfigure(options); }

void HttpServer::stop() { loop_->stop(); }

}  // namespace tocsin::daemon::http
