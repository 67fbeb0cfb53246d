// SPDX-License-Identifier: Apache-2.0
// The streaming half of a session: pages from the log, and a wait for more when it has caught up.
#include <utility>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include "common/core/error.hpp"
#include "daemon/adapters/http/response_text.hpp"
#include "daemon/adapters/http/session.hpp"
#include "daemon/eventlog/selection.hpp"

namespace tocsin::daemon::http {
namespace {

using boost::system::error_code;
using eventlog::Page;

constexpr std::size_t events_per_page = 1000;
constexpr std::size_t bytes_per_page = 256U << 10;

void render_page(const Page& page, api::Stream::Format format, std::string& out) {
    out.clear();
    const std::size_t start = begin_chunk(out);
    for (const event::Event& event : page.events) append_event(event, format, out);
    end_chunk(start, out);
}

}  // namespace

Task<void> Session::stream(api::Stream stream) {
    enter(Phase::streaming);
    watch_for_hangup();
    const std::string head = stream_head(stream.format);
    bool sent = co_await write_text(head);
    if (stream.last) {
        eventlog::LastPlace search(*stream.last, stream.query, loop_.log());
        for (auto place = search.step(); !hung_up_; place = search.step()) {
            if (place) stream.query.after = *place;
            if (place) break;
            co_await give_way();
        }
    }
    std::uint64_t left = stream.limit == 0 ? core::max_sequence : stream.limit;
    stream.query.max_bytes = bytes_per_page;
    while (sent && !hung_up_) {
        if (!may_go_on(stream)) {
            // a reader that follows asks again and is told; for any other the reply ends too early
            const std::string end(stream.follow == api::Stream::Follow::yes ? last_chunk : "");
            co_await write_text(end);
            co_return;
        }
        stream.query.limit = static_cast<std::size_t>(std::min<std::uint64_t>(left, events_per_page));
        Step step = next_step(stream);
        left -= step.events;
        if (step.events > 0) sent = co_await write_text(out_);
        if (step.finished || left == 0) {
            const std::string end(last_chunk);
            co_await write_text(end);
            co_return;
        }
        if (step.caught_up)
            sent = co_await wait_for_more(stream);
        else if (step.events == 0)
            co_await give_way();
    }
}

/// Whether the reader still has its right, after a reload perhaps for other types.
bool Session::may_go_on(api::Stream& stream) {
    try {
        renew_pass(loop_.clock().steady());
    } catch (const core::Error&) {
        return true;  // not known now: asked again with the next page
    }
    if (!pass_.principal) return false;
    stream.query.allowed = pass_.principal->grants.limits(api::Scope::read);
    return pass_.principal->grants.has(api::Scope::read);
}

/// Reads a page and renders it; the page itself is gone before the client takes its time to read.
Session::Step Session::next_step(api::Stream& stream) {
    Page page = loop_.log().read(stream.query);
    Step step;
    const auto too_late = [&](const event::Event& event) {
        return stream.until && event.recorded >= *stream.until;
    };
    const auto end = std::ranges::find_if(page.events, too_late);
    const bool passed = end != page.events.end();
    const bool is_late = stream.until && loop_.clock().now() >= *stream.until;
    page.events.erase(end, page.events.end());
    step.events = page.events.size();
    if (step.events > 0) render_page(page, stream.format, out_);
    stream.query.after = page.scanned_to;
    const bool at_end = page.end == Page::End::reached && loop_.log().head() <= stream.query.after;
    step.finished = passed || stream.query.after + 1 >= stream.query.before ||
                    (at_end && (is_late || stream.follow == api::Stream::Follow::no));
    step.caught_up = at_end;
    return step;
}

/// Lets the other connections have their turn: a search may be long.
Task<void> Session::give_way() { co_await asio::post(loop_.context(), use_task); }

/// Sleeps until the head moves. A sign of life goes out when nothing happens for long.
Task<bool> Session::wait_for_more(const api::Stream& stream) {
    error_code error;
    std::chrono::nanoseconds pause = loop_.options().keep_alive;
    constexpr std::chrono::nanoseconds none{0};
    if (stream.until)
        pause = std::clamp<std::chrono::nanoseconds>(*stream.until - loop_.clock().now(), none, pause);
    timer_.expires_after(pause);
    loop_.wait_for_events(*this);
    if (loop_.log().head() > stream.query.after) co_return true;
    co_await timer_.async_wait(asio::redirect_error(use_task, error));
    if (hung_up_) co_return false;
    if (error) co_return true;
    std::string sign;
    const std::size_t start = begin_chunk(sign);
    sign += stream.format == api::Stream::Format::sse ? ":\n\n" : "\n";
    end_chunk(start, sign);
    const bool sent = co_await write_text(sign);
    co_return sent;
}

/// A reader that shut down only its sending half still reads; an error means that it is gone both ways.
void Session::watch_for_hangup() {
    socket_.async_wait(Socket::wait_error, [weak = weak_from_this()](const error_code& error) {
        const auto self = weak.lock();
        if (!self || error) return;
        self->hung_up_ = true;
        self->timer_.cancel();
    });
}

}  // namespace tocsin::daemon::http
