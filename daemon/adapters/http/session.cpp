// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/session.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <exception>

#include "common/core/error.hpp"
#include "daemon/adapters/http/incoming.hpp"
#include "daemon/adapters/http/response_text.hpp"

namespace tocsin::daemon::http {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using core::Code;
using core::Error;

constexpr std::size_t read_size = 64U << 10;
constexpr std::chrono::seconds last_bytes_limit{1};  // for a request on its way when the server stops
constexpr std::size_t most_kept = 16U << 10;         // of memory, for the next reply
/// A client over its rate that asks again at once waits here: its requests cost others time.
constexpr std::chrono::milliseconds refusal_pause{100};
constexpr int too_many_requests = 429;
constexpr std::string_view unmatched_route = "none";
constexpr std::string_view continue_reply = "HTTP/1.1 100 Continue\r\n\r\n";

std::string lower(boost::beast::string_view text) {
    std::string out(text.data(), text.size());
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return out;
}

/// What ends a connection beside its client: it must not end the daemon, nor pass in silence.
void report(const std::exception_ptr& failure) {
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        spdlog::error("http: a connection ended: {}", error.what());
    }
}

template <class Parser>
api::Request to_request(Parser& parser, const api::Route& route, const api::Principal& principal,
                        const api::Visit& visit) {
    auto& message = parser.get();
    api::Request request{.method = route.method,
                         .parameters = {},
                         .headers = {},
                         .body = std::move(message.body()),
                         .principal = principal,
                         .visit = visit,
                         .path_argument = {}};
    for (const auto& field : message)
        request.headers.emplace_back(lower(field.name_string()), std::string(view(field.value())));
    return request;
}

/// The reply when no route takes the path, or not by this method.
api::Response unmatched(const api::Match& match, std::string_view path) {
    if (match.allowed_methods.empty())
        return api::to_response(Error(Code::not_found, "there is no path '" + std::string(path) + "'",
                                      "see tocsin-protocol(7) for the routes"));
    api::Response response = api::to_response(
        Error(Code::invalid, "this path does not take that method", "use " + match.allowed_methods), 405);
    response.headers.emplace_back("Allow", match.allowed_methods);
    return response;
}

}  // namespace

Session::Session(Socket socket, api::Visit visit, std::optional<IpAddress> from, Loop& loop)
    : socket_(std::move(socket)), visit_(std::move(visit)), from_(from), loop_(loop), timer_(loop.context()) {
    socket_.non_blocking(true);  // for the writes that don't wait
    enter(Phase::idle);
}

Session::~Session() {
    release();
    loop_.forget(*this);
}

bool Session::reserve(std::size_t body_bytes) {
    if (body_bytes <= reserved_bytes_) return true;
    if (!loop_.reserve_bytes(body_bytes - reserved_bytes_)) return false;
    reserved_bytes_ = body_bytes;
    return true;
}

void Session::release() {
    loop_.release_bytes(std::exchange(reserved_bytes_, 0));
    if (out_.capacity() > most_kept) out_ = std::string();
}

void Session::start() {
    asio::co_spawn(
        loop_.context(), [self = shared_from_this()] { return self->run(); }, report);
}

void Session::enter(Phase phase) {
    phase_ = phase;
    const auto now = loop_.clock().steady();
    if (phase == Phase::idle)
        deadline_ = now + loop_.options().idle_timeout;
    else if (phase == Phase::reading || phase == Phase::writing)
        deadline_ = now + loop_.options().request_timeout;
    else  // a commit takes as long as the disk does, and a stream as long as its reader likes
        deadline_ = core::SteadyTime::max();
}

void Session::expire(core::SteadyTime now) {
    if (now < deadline_) return;
    timed_out_ = true;
    deadline_ = now + std::chrono::seconds(1);  // once more, if this one comes between two steps
    error_code ignored;
    socket_.cancel(ignored);
}

void Session::wind_down() {
    if (phase_ == Phase::answering || phase_ == Phase::writing) return;
    error_code ignored;
    if (phase_ == Phase::reading) {
        deadline_ = std::min(deadline_, loop_.clock().steady() + last_bytes_limit);
        return;
    }
    if (phase_ == Phase::idle) {
        // A request that has come is still answered; who sends one now is told by EPIPE that nobody has seen
        // it.
        socket_.shutdown(Socket::shutdown_receive, ignored);
        return;
    }
    hung_up_ = true;
    timer_.cancel();
    socket_.cancel(ignored);
}

void Session::on_new_events() { timer_.cancel(); }

void Session::on_reply(api::Response response) {
    reply_ = std::move(response);
    timer_.cancel();
}

Task<void> Session::run() {
    // g++ 12 miscompiles co_await within conditions, and conditions within its operand: both are named first.
    bool goes_on = true;
    while (goes_on) goes_on = co_await serve_one();
}

/// False when the connection is over.
Task<bool> Session::serve_one() {
    Incoming incoming;
    release();
    enter(Phase::idle);
    const bool complete = co_await read(incoming);
    if (!complete) co_return false;
    started_ = loop_.clock().steady();
    const auto& message = incoming.parser.get();
    if (message.version() == 11 && message.find(http::field::host) == message.end()) {
        co_await refuse(Fault::no_host());
        co_return false;
    }
    const KeepAlive keep_alive =
        message.keep_alive() && !loop_.is_stopping() ? KeepAlive::yes : KeepAlive::no;
    head_only_ = message.method() == http::verb::head;
    const Ticket ticket = loop_.expect_reply(*this);
    std::optional<api::Stream> stream_reply = dispatch(incoming, ticket);
    if (!stream_reply && !reply_) loop_.flush_soon();
    while (!stream_reply && !reply_) {
        error_code cancelled;
        timer_.expires_at(core::SteadyTime::max());
        co_await timer_.async_wait(asio::redirect_error(use_task, cancelled));
    }
    loop_.give_back(ticket);
    if (reply_ && reply_->status == too_many_requests && !loop_.is_stopping()) {
        error_code cancelled;
        timer_.expires_after(refusal_pause);
        co_await timer_.async_wait(asio::redirect_error(use_task, cancelled));
    }
    count(route_, stream_reply ? 200 : reply_->status);
    if (stream_reply) {
        co_await stream(std::move(*stream_reply));
        co_return false;
    }
    api::Response response = std::move(*reply_);
    reply_.reset();
    if (response.file) {
        const bool whole = co_await send_file(std::move(response.file), response.media_type);
        co_return whole&& keep_alive == KeepAlive::yes && !loop_.is_stopping();
    }
    enter(Phase::writing);
    render(response, keep_alive);
    const std::optional<std::size_t> written = write_at_once(out_);
    bool sent = written.has_value();
    if (sent && *written < out_.size()) sent = co_await write_text(std::string_view(out_).substr(*written));
    co_return sent&& keep_alive == KeepAlive::yes && !loop_.is_stopping();
}

Task<bool> Session::read(Incoming& incoming) {
    auto& parser = incoming.parser;
    bool needs_more = buffer_.size() == 0;
    while (!parser.is_done()) {
        error_code error;
        if (needs_more) {
            const std::size_t size = co_await socket_.async_read_some(buffer_.prepare(read_size),
                                                                      asio::redirect_error(use_task, error));
            buffer_.commit(size);
        }
        if (error) {  // the end of the stream, or time is up
            if (timed_out_ && (parser.got_some() || buffer_.size() > 0)) {
                const Fault late = loop_.is_stopping() ? Fault::stopping() : Fault::timeout();
                co_await refuse(late);
            }
            co_return false;
        }
        if (phase_ == Phase::idle) enter(Phase::reading);
        buffer_.consume(parser.put(buffer_.data(), error));
        needs_more = error == http::error::need_more || buffer_.size() == 0;
        if (error && error != http::error::need_more) {
            co_await refuse(Fault::of(error));
            co_return false;
        }
        if (!reserve(parser.get().body().size())) {
            co_await refuse(Fault::no_room());
            co_return false;
        }
        if (parser.is_header_done() && !parser.is_done() && !std::exchange(incoming.looked_at_head, true)) {
            const std::optional<Fault> fault = object_to(incoming);
            if (fault) co_await refuse(*fault);
            if (fault) co_return false;
        }
        const bool waits = parser.is_header_done() && !parser.is_done() && !incoming.told_to_continue;
        if (waits && view(parser.get()[http::field::expect]) == "100-continue") {
            incoming.told_to_continue = true;
            const bool sent = co_await write_text(continue_reply);
            if (!sent) co_return false;
            enter(Phase::reading);
        }
    }
    co_return true;
}

Task<void> Session::refuse(const Fault& fault) {
    timed_out_ = false;
    started_ = loop_.clock().steady();
    count(unmatched_route, fault.status);
    enter(Phase::writing);
    api::Response response = api::to_response(fault.error, fault.status);
    response.headers = fault.headers;
    render(response, KeepAlive::no);
    co_await write_text(out_);
}

void Session::count(std::string_view route, int status) {
    loop_.metrics().http.count(route, status, loop_.clock().steady() - started_);
}

/// Begins to answer: the reply is there when this returns, or comes after a commit, or is a stream.
std::optional<api::Stream> Session::dispatch(Incoming& incoming, Ticket ticket) {
    const auto& message = incoming.parser.get();
    const auto [path, query] = Target::of(view(message.target()));
    const api::Match match = api::match(view(message.method_string()), path);
    route_ = match.route == nullptr ? unmatched_route : match.route->path;
    try {
        if (match.route == nullptr) {
            reply_ = unmatched(match, path);
            return std::nullopt;
        }
        enter(Phase::answering);
        identify(incoming, *match.route);
        static const api::Principal stranger{};
        const api::Principal& principal = pass_.principal ? *pass_.principal : stranger;
        api::Request request = to_request(incoming.parser, *match.route, principal, visit_);
        request.path_argument = match.argument;
        request.parameters = api::Parameters::parse(query);
        return api::run(*match.route, loop_.api(), request, [&loop = loop_, ticket](api::Response response) {
            loop.deliver(ticket, std::move(response));
        });
    } catch (const api::Unauthenticated& error) {
        reply_ = api::to_response(error);
    } catch (const Error& error) {
        reply_ = api::to_response(error);
    }
    return std::nullopt;
}

void Session::render(const api::Response& response, KeepAlive keep_alive) {
    const auto connection = keep_alive == KeepAlive::yes ? Connection::keep_alive : Connection::close;
    out_.clear();
    append_response_head(response, connection, out_);
    if (!head_only_) out_ += response.body;
}

/// What the socket takes without waiting, which is nearly always all; nothing when the connection is broken.
std::optional<std::size_t> Session::write_at_once(std::string_view text) {
    error_code error;
    const std::size_t written = socket_.write_some(asio::buffer(text), error);
    if (error && error != asio::error::would_block) return std::nullopt;
    return written;
}

Task<bool> Session::write_text(std::string_view text) {
    error_code error;
    co_await asio::async_write(socket_, asio::buffer(text), asio::redirect_error(use_task, error));
    co_return !error;
}

}  // namespace tocsin::daemon::http
