// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/loop.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <string_view>

#include "common/core/error.hpp"
#include "daemon/adapters/http/response_text.hpp"
#include "daemon/adapters/http/session.hpp"

namespace tocsin::daemon::http {
namespace {

constexpr std::chrono::milliseconds sweep_period{250};

}  // namespace

Loop::Loop(std::vector<Listener> listeners, const Options& options, api::Commands& commands,
           const api::Queries& queries, api::Access& access, api::Audit& audit, metrics::Metrics& metrics,
           api::Exposition exposition, api::Control& control, pipeline::Pipelines& pipelines,
           const core::Clock& clock)
    : options_(options),
      tcp_(options_.tcp),
      commands_(commands),
      queries_(queries),
      access_(access),
      audit_(audit),
      metrics_(metrics),
      exposition_(std::move(exposition)),
      control_(control),
      pipelines_(pipelines),
      clock_(clock),
      sweep_(context_),
      pulse_([this] { asio::post(context_, [this] { pulse_.answer(); }); }) {
    for (Listener& listener : listeners) open(std::move(listener));
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

void Loop::open(Listener listener) {
    const bool local = listener.kind() == Listener::Kind::local;
    acceptors_.push_back(
        std::make_unique<Acceptor>(context_, std::move(listener), [this, local](int descriptor) {
            if (local)
                admit_local(descriptor);
            else
                admit_tcp(descriptor);
        }));
}

void Loop::admit_local(int descriptor) {
    if (sessions_.size() - tcp_.connections() >= options_.max_connections)
        return refuse(descriptor,
                      core::Error::unavailable(core::Reason::busy, "too many connections are open",
                                               "close some, or try again"));
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        ::close(descriptor);
        return;
    }
    const asio::generic::stream_protocol protocol(AF_UNIX, 0);
    admit(Socket(context_, protocol, descriptor),
          api::Visit{api::Door::local, {peer.uid, peer.gid, peer.pid}, {}}, std::nullopt);
}

void Loop::admit_tcp(int descriptor) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
        ::close(descriptor);
        return;
    }
    const IpAddress from = from_socket_address(peer).ip;
    api::Visit visit{api::Door::tcp, {}, from.text()};
    try {
        tcp_.enter(from);
    } catch (const core::Error& error) {
        audit_.refused({.cause = api::Refusal::Cause::connections,
                        .visit = visit,
                        .who = api::nobody,
                        .what = "connect",
                        .error = error});
        return refuse(descriptor, error);
    }
    const int yes = 1;  // replies are whole, and a client that is gone shows some day
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    const asio::generic::stream_protocol protocol(peer.ss_family, IPPROTO_TCP);
    admit(Socket(context_, protocol, descriptor), std::move(visit), from);
}

void Loop::admit(Socket socket, api::Visit visit, std::optional<IpAddress> from) {
    auto session = std::make_shared<Session>(std::move(socket), std::move(visit), from, *this);
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
    if (const auto& from = session.from()) tcp_.leave(*from);
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
    for (const auto& acceptor : acceptors_) acceptor->close();
    stopping_ = true;
    stop_deadline_ = clock_.steady() + options_.drain_timeout;
    for (Session* session : sessions_) session->wind_down();
    stop_when_idle();
}

void Loop::stop_when_idle() {
    if (sessions_.empty()) context_.stop();
}

HttpServer::HttpServer(std::vector<Listener> listeners, const Options& options, api::Commands& commands,
                       const api::Queries& queries, api::Access& access, api::Audit& audit,
                       metrics::Metrics& metrics, api::Exposition exposition, api::Control& control,
                       pipeline::Pipelines& pipelines, const core::Clock& clock)
    : loop_(std::make_unique<Loop>(std::move(listeners), options, commands, queries, access, audit, metrics,
                                   std::move(exposition), control, pipelines, clock)) {}

HttpServer::~HttpServer() = default;

void HttpServer::reconfigure(const Options& options) { loop_->reconfigure(options); }

void HttpServer::stop() { loop_->stop(); }

core::Pulse& HttpServer::pulse() noexcept { return loop_->pulse(); }

}  // namespace tocsin::daemon::http
