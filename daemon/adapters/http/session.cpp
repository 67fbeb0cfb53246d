// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/session.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>

#include "common/core/error.hpp"
#include "common/event/event.hpp"
#include "daemon/adapters/http/response_text.hpp"

namespace tocsin::daemon::http {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using core::Code;
using core::Error;

constexpr std::uint32_t header_limit = 32U << 10;
constexpr std::size_t read_size = 64U << 10;
constexpr std::string_view unmatched_route = "none";
constexpr std::string_view continue_reply = "HTTP/1.1 100 Continue\r\n\r\n";

std::string lower(boost::beast::string_view text) {
    std::string out(text.data(), text.size());
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return out;
}

/// A client may send the whole address as target (RFC 9112, section 3.2.2): the path is what counts.
std::string_view origin_form(std::string_view target) {
    constexpr std::string_view scheme = "http://";
    if (!target.starts_with(scheme)) return target;
    const std::size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
}

/// What ends a connection beside its client: it must not end the daemon, nor pass in silence.
void report(const std::exception_ptr& failure) {
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        spdlog::error("http: a connection ended: {}", error.what());
    }
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

/// A request as it comes in.
struct Session::Incoming {
    http::request_parser<http::string_body> parser;
    bool told_to_continue = false;

    Incoming() {
        parser.header_limit(header_limit);
        parser.body_limit(event::max_message_bytes);
        parser.eager(true);
    }
};

/// What HTTP itself has to say against a request, before any route sees it.
struct Session::Fault {
    int status;
    Error error;

    static Fault of(const error_code& error) {
        if (error == http::error::header_limit)
            return {431, Error(Code::invalid, "the request's headers are longer than 32 KiB",
                               "send fewer or shorter ones")};
        if (error == http::error::body_limit)
            return {413,
                    Error(Code::too_large, "the body is longer than 16 MiB", "send it in several requests")};
        return {400, Error(Code::invalid, "not an HTTP request: " + error.message(), "speak HTTP/1.1")};
    }
    static Fault no_room() {
        return {503, Error::unavailable(core::Reason::busy, "too many large requests are on their way",
                                        "try again in a moment")};
    }
    static Fault no_host() {
        return {400, Error(Code::invalid, "the request has no Host header",
                           "HTTP/1.1 asks for one (RFC 9112, section 3.2)")};
    }
    static Fault timeout() {
        return {408, Error(Code::invalid, "the request did not arrive in time", "send it faster")};
    }
};

Session::Session(Socket socket, api::Principal principal, Loop& loop)
    : socket_(std::move(socket)),
      principal_(std::move(principal)),
      loop_(loop),
      events_timer_(loop.context()) {
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

void Session::release() { loop_.release_bytes(std::exchange(reserved_bytes_, 0)); }

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
    timed_out_ = phase_ == Phase::reading;
    hung_up_ = true;
    events_timer_.cancel();
    error_code ignored;
    socket_.cancel(ignored);
}

void Session::on_new_events() { events_timer_.cancel(); }

asio::awaitable<void> Session::run() {
    // g++ 12 miscompiles co_await within conditions, so its results are named first, here and below.
    bool goes_on = true;
    while (goes_on) goes_on = co_await serve_one();
}

/// False when the connection is over.
asio::awaitable<bool> Session::serve_one() {
    Incoming incoming;
    release();
    enter(Phase::idle);
    const bool complete = co_await read(incoming);
    if (!complete) co_return false;
    started_ = loop_.clock().steady();
    const bool goes_on = co_await dispatch(incoming);
    co_return goes_on;
}

asio::awaitable<bool> Session::read(Incoming& incoming) {
    auto& parser = incoming.parser;
    bool needs_more = buffer_.size() == 0;
    while (!parser.is_done()) {
        bool received = true;
        if (needs_more) received = co_await receive();
        if (!received) {
            if (timed_out_ && (parser.got_some() || buffer_.size() > 0)) co_await refuse(Fault::timeout());
            co_return false;
        }
        if (phase_ == Phase::idle) enter(Phase::reading);
        error_code error;
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
        const bool waits = parser.is_header_done() && !parser.is_done() && !incoming.told_to_continue;
        if (waits && view(parser.get()[http::field::expect]) == "100-continue") {
            incoming.told_to_continue = true;
            const std::string interim(continue_reply);
            const bool sent = co_await write_text(interim, interim.substr(0, 0));
            if (!sent) co_return false;
            enter(Phase::reading);
        }
    }
    co_return true;
}

/// False at the end of the stream, on an error, or when time is up.
asio::awaitable<bool> Session::receive() {
    error_code error;
    const std::size_t size = co_await socket_.async_read_some(
        buffer_.prepare(read_size), asio::redirect_error(asio::use_awaitable, error));
    buffer_.commit(size);
    co_return !error;
}

asio::awaitable<void> Session::refuse(const Fault& fault) {
    timed_out_ = false;
    started_ = loop_.clock().steady();
    count(unmatched_route, fault.status);
    const api::Response response = api::to_response(fault.error, fault.status);
    co_await write(response, KeepAlive::no);
}

void Session::count(std::string_view route, int status) {
    loop_.metrics().http.count(route, status, loop_.clock().steady() - started_);
}

asio::awaitable<bool> Session::dispatch(Incoming& incoming) {
    auto message = incoming.parser.release();
    const KeepAlive keep_alive =
        message.keep_alive() && !loop_.is_stopping() ? KeepAlive::yes : KeepAlive::no;
    head_only_ = message.method() == http::verb::head;
    if (message.version() == 11 && message.find(http::field::host) == message.end()) {
        co_await refuse(Fault::no_host());
        co_return false;
    }
    const std::string_view target = origin_form(view(message.target()));
    const std::size_t question = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, question);
    const api::Match match = api::match(view(message.method_string()), path);
    if (match.route == nullptr) {
        const bool exists = !match.allowed_methods.empty();
        api::Response response =
            exists ? api::to_response(Error(Code::invalid, "this path does not take that method",
                                            "use " + match.allowed_methods),
                                      405)
                   : api::to_response(Error(Code::not_found, "there is no path '" + std::string(path) + "'",
                                            "see tocsin-protocol(7) for the routes"));
        if (exists) response.headers.emplace_back("Allow", match.allowed_methods);
        count(unmatched_route, response.status);
        const bool goes_on = co_await write(response, keep_alive);
        co_return goes_on;
    }
    api::Request request{.method = match.route->method,
                         .path = std::string(path),
                         .parameters = {},
                         .headers = {},
                         .body = std::move(message.body()),
                         .principal = principal_,
                         .path_argument = match.argument};
    for (const auto& field : message)
        request.headers.emplace_back(lower(field.name_string()), std::string(view(field.value())));
    std::optional<api::Stream> stream_reply;
    api::Response response;
    try {
        request.parameters = api::Parameters::parse(target.substr(std::min(question + 1, target.size())));
        enter(Phase::answering);
        response = co_await answer(*match.route, request, stream_reply);
    } catch (const Error& error) {
        response = api::to_response(error);
    }
    count(match.route->path, stream_reply ? 200 : response.status);
    if (stream_reply) {
        co_await stream(std::move(*stream_reply));
        co_return false;
    }
    const bool goes_on = co_await write(response, keep_alive);
    co_return goes_on;
}

namespace {

/// Where a reply meets the session that waits for it. Only the loop's thread touches it.
struct Mailbox {
    std::optional<api::Response> response;
    std::function<void()> resume;

    void deliver(api::Response delivered) {
        response = std::move(delivered);
        if (resume) std::exchange(resume, nullptr)();
    }
};

}  // namespace

asio::awaitable<api::Response> Session::answer(const api::Route& route, const api::Request& request,
                                               std::optional<api::Stream>& stream_reply) {
    auto mailbox = std::make_shared<Mailbox>();
    // It may be the committing thread that lets go of this last, so it must not hold the session.
    const api::Answer deliver = [mailbox, &loop = loop_](api::Response response) {
        if (loop.is_own_thread()) return mailbox->deliver(std::move(response));
        asio::post(loop.context(), [mailbox, response = std::move(response)]() mutable {
            mailbox->deliver(std::move(response));
        });
    };
    stream_reply = api::run(route, loop_.api(), request, deliver);
    if (stream_reply) co_return api::Response();
    if (!mailbox->response) {
        loop_.flush_soon();
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
            [&](auto handler) {
                auto kept = std::make_shared<decltype(handler)>(std::move(handler));
                mailbox->resume = [kept] { (*kept)(); };
            },
            asio::use_awaitable);
    }
    api::Response response;
    if (mailbox->response) response = std::move(*mailbox->response);
    co_return response;
}

asio::awaitable<bool> Session::write(const api::Response& response, KeepAlive keep_alive) {
    enter(Phase::writing);
    const auto connection = keep_alive == KeepAlive::yes ? Connection::keep_alive : Connection::close;
    const std::string head = response_head(response, connection);
    const std::string nothing;
    const bool sent = co_await write_text(head, head_only_ ? nothing : response.body);
    co_return sent&& keep_alive == KeepAlive::yes && !loop_.is_stopping();
}

asio::awaitable<bool> Session::write_text(const std::string& head, const std::string& body) {
    error_code error;
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    co_await asio::async_write(socket_, buffers, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

}  // namespace tocsin::daemon::http
