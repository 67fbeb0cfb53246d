// SPDX-License-Identifier: Apache-2.0
#include "cli/connection/connection.hpp"

#include "cli/connection/answer_parser.hpp"
#include "cli/connection/failure.hpp"

namespace tocsin::cli::connection {
namespace {

constexpr std::size_t buffer_bytes = 256U << 10;

/// A daemon closes idle connections. One that idled this long is replaced, which costs less than to find out
/// that a request was sent into a closing one and that nobody knows its outcome.
constexpr std::chrono::seconds reuse_within{1};

std::string text_of(const Request& request) {
    std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: localhost\r\n";
    text.reserve(text.size() + 256 + request.body.size());
    for (const auto& [name, value] : request.headers)
        text.append(name).append(": ").append(value).append("\r\n");
    if (request.method != "GET") text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    text += "\r\n";
    text += request.body;
    return text;
}

}  // namespace

Connection::Connection(std::string socket_path) : path_(std::move(socket_path)) {}

Reply Connection::call(const Request& request, const Deadline& deadline) {
    return exchange(request, deadline, nullptr);
}

Reply Connection::call(const Request& request, const Deadline& deadline,
                       const std::function<void()>& meanwhile) {
    return exchange(request, deadline, nullptr, meanwhile);
}

Reply Connection::call(const Request& request, const Deadline& deadline, const Stream& stream) {
    return exchange(request, deadline, &stream);
}

/// A daemon that stops closes its ear first: what it has not taken can go to the next one, which may listen
/// already.
Reply Connection::exchange(const Request& request, const Deadline& deadline, const Stream* stream,
                           const std::function<void()>& meanwhile) {
    try {
        return attempt(request, deadline, stream, meanwhile);
    } catch (const core::Exit&) {
        if (sent_ || !opened_) throw;
    }
    return attempt(request, deadline, stream, meanwhile);
}

Reply Connection::attempt(const Request& request, const Deadline& deadline, const Stream* stream,
                          const std::function<void()>& meanwhile) {
    opened_ = sent_ = sent_whole_ = false;
    AnswerParser parser(path_, stream);
    open(deadline);
    opened_ = true;
    try {
        send(request, deadline);
        if (meanwhile) meanwhile();
        receive(parser, deadline, stream);
    } catch (const core::Error&) {
        socket_.close();
        throw;
    }
    if (!parser.keeps_alive() || !sent_whole_ || filled_ != 0) socket_.close();
    last_used_ = Deadline::Clock::now();
    return parser.reply();
}

void Connection::open(const Deadline& deadline) {
    const bool usable =
        socket_.is_open() && Deadline::Clock::now() - last_used_ < reuse_within && !socket_.is_stale();
    if (usable) return;
    socket_.close();
    socket_ = Socket::connect(path_, deadline);
    filled_ = 0;
}

void Connection::send(const Request& request, const Deadline& deadline) {
    const std::string text = text_of(request);
    std::string_view rest = text;
    while (!rest.empty()) {
        const Transfer step = socket_.send(rest);
        if (step.state == Transfer::State::closed) return;  // it may have said why before it went
        rest.remove_prefix(step.bytes);
        sent_ = sent_ || step.bytes > 0;
        if (step.state == Transfer::State::moved) continue;
        if (socket_.wait(Socket::For::reading_or_writing, deadline) == Socket::Woken::deadline)
            throw no_answer(deadline.span());
        if (socket_.is_stale()) return;  // an answer before the end of the request: a refusal
    }
    sent_whole_ = true;
}

void Connection::receive(AnswerParser& parser, const Deadline& deadline, const Stream* stream) {
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(buffer_bytes);
    while (!parser.finished()) {
        const Transfer step = socket_.receive({buffer_.get() + filled_, buffer_bytes - filled_});
        if (step.state == Transfer::State::moved) {
            take_bytes(parser, step.bytes);
            continue;
        }
        if (step.state == Transfer::State::closed) return parser.end();
        const bool streaming = parser.streaming();
        if (streaming) stream->pause();
        const Deadline limit = streaming ? Deadline::in(stream->idle_limit) : deadline;
        switch (socket_.wait(Socket::For::reading, limit, streaming ? stream->output : -1)) {
            case Socket::Woken::ready: break;
            case Socket::Woken::deadline: throw no_answer(limit.span());
            case Socket::Woken::output_gone:
                throw core::Exit(core::ExitStatus::broken_pipe, core::Code::internal,
                                 "nobody reads the output");
        }
    }
}

void Connection::take_bytes(AnswerParser& parser, std::size_t count) {
    filled_ += count;
    const std::size_t used = parser.take({buffer_.get(), filled_});
    if (used == 0 && filled_ == buffer_bytes) throw not_understood(path_, "a header that does not end");
    std::char_traits<char>::move(buffer_.get(), buffer_.get() + used, filled_ - used);
    filled_ -= used;
}

}  // namespace tocsin::cli::connection
