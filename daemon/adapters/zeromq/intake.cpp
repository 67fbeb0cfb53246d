// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/zeromq/intake.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/api/problem.hpp"
#include "common/api/receipts.hpp"
#include "common/core/error.hpp"

namespace tocsin::daemon::zeromq {
namespace {

using core::Code;
using core::Error;

constexpr std::size_t max_correlation_bytes = 32;
constexpr int messages_per_burst = 1024;
constexpr std::size_t bytes_per_burst = 8U << 20;  // well below what may wait for a commit
constexpr int receive_queue = 256;
constexpr std::chrono::milliseconds poll_timeout{1000};

Error bad_frames(const std::string& what) {
    return Error(
        Code::invalid, what,
        "send four frames: an empty one, 'emit', a correlation of at most 32 bytes, the event's JSON");
}

/// Behind the identity, which the ROUTER puts in front.
void check_frames(const Message& message) {
    const std::vector<zmq::message_t>& frames = message.frames;
    if (message.frame_count != 5)
        throw bad_frames("the message has " + std::to_string(message.frame_count - 1) + " frames");
    if (!frames[1].empty()) throw bad_frames("frame 1 is not empty");
    if (text(frames[2]) != "emit") throw bad_frames("frame 2 is not 'emit'");
    if (frames[3].size() > max_correlation_bytes)
        throw bad_frames("frame 3, the correlation, has " + std::to_string(frames[3].size()) + " bytes");
}

}  // namespace

Intake::Intake(Context& context, const Endpoint& endpoint, api::Commands& commands, api::Access& access,
               metrics::Metrics& metrics)
    : commands_(commands),
      access_(access),
      metrics_(metrics),
      socket_(context.get(), zmq::socket_type::router) {
    socket_.set(zmq::sockopt::router_mandatory, true);
    socket_.set(zmq::sockopt::rcvhwm, receive_queue);
    bind(socket_, endpoint);
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "intake");
}

Intake::~Intake() { stop(); }

void Intake::stop() {
    stopping_ = true;
    doorbell_.ring();
    if (thread_.joinable()) thread_.join();
}

void Intake::run() noexcept {
    own_thread_ = std::this_thread::get_id();
    std::array<zmq::pollitem_t, 2> items{
        {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, doorbell_.descriptor(), ZMQ_POLLIN, 0}}};
    bool last_turn = false;
    while (!last_turn) {
        last_turn = stopping_;
        try {
            if (!last_turn) zmq::poll(items, poll_timeout);
            doorbell_.silence();
            if (!last_turn) take_burst();
            commands_.flush();
            send_replies();
        } catch (const std::exception& error) {
            spdlog::error("intake: {}", error.what());
        }
    }
}

/// Takes what waits, so that one commit serves it all.
void Intake::take_burst() {
    int taken = 0;
    std::size_t bytes = 0;
    for (; taken < messages_per_burst && bytes < bytes_per_burst; ++taken) {
        const Message message = receive(socket_);
        if (message.frames.empty()) break;
        for (const zmq::message_t& frame : message.frames) bytes += frame.size();
        handle(message);
    }
    metrics_.intake_messages.add(static_cast<std::uint64_t>(taken));
}

void Intake::handle(const Message& message) {
    const std::vector<zmq::message_t>& frames = message.frames;
    std::string identity(text(frames.front()));
    std::string correlation;
    try {
        check_frames(message);
        correlation = text(frames[3]);
        emit(identity, correlation, frames[4]);
    } catch (const Error& error) {
        refuse(std::move(identity), std::move(correlation), error);
    } catch (const std::exception& error) {
        spdlog::error("intake: {}", error.what());
        refuse(std::move(identity), std::move(correlation),
               Error(Code::internal, "the message failed unexpectedly", "look into the daemon's log"));
    }
}

void Intake::emit(std::string identity, std::string correlation, const zmq::message_t& body) {
    commands_.emit(principal_of(body), codec_.read_lines(text(body)), {},
                   [this, identity = std::move(identity),
                    correlation = std::move(correlation)](eventlog::AppendResult&& result) {
                       if (const Error* error = std::get_if<Error>(&result))
                           return refuse(identity, correlation, *error);
                       const auto& receipts = std::get<std::vector<event::Receipt>>(result);
                       post({identity, correlation, "ok", tocsin::api::receipts_json(receipts)});
                   });
}

void Intake::refuse(std::string identity, std::string correlation, const Error& error) {
    post({std::move(identity), std::move(correlation), std::string(core::name_of(error.code())),
          tocsin::api::refusal_json(error)});
}

/// From whichever thread committed.
void Intake::post(Reply reply) {
    {
        const std::lock_guard lock(mutex_);
        replies_.push_back(std::move(reply));
        if (replies_.size() > 1 || std::this_thread::get_id() == own_thread_) return;
    }
    doorbell_.ring();
}

void Intake::send_replies() {
    std::vector<Reply> replies;
    {
        const std::lock_guard lock(mutex_);
        replies.swap(replies_);
    }
    for (const Reply& reply : replies)
        if (send(socket_, {reply.identity, "", reply.code, reply.correlation, reply.body}) != Sent::yes)
            metrics_.intake_replies_dropped.add();  // the client sends again, with the same id
}

/// libzmq names a local peer as `localhost:UID:GID:PID`.
api::Principal Intake::principal_of(const zmq::message_t& frame) {
    const char* address = zmq_msg_gets(frame.handle(), "Peer-Address");
    std::string_view rest = address == nullptr ? "" : address;
    std::array<unsigned, 2> ids{};
    for (unsigned& id : ids) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        rest.remove_prefix(std::min(colon + 1, rest.size()));
        if (std::from_chars(rest.data(), rest.data() + rest.size(), id).ec != std::errc())
            throw Error(Code::denied, "the peer's user is not known", "connect over the local ipc socket");
    }
    return access_.principal({ids[0], ids[1]});
}

}  // namespace tocsin::daemon::zeromq
