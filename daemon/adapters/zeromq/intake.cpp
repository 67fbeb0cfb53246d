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
constexpr std::chrono::milliseconds refusal_pause{100};
constexpr int refusals_per_burst = 32;  // then those are committed who came between
constexpr std::size_t most_held = 65536;

Error bad_frames(const std::string& what) {
    return Error(
        Code::invalid, what,
        "send four frames: an empty one, 'emit', a correlation of at most 32 bytes, the event's JSON");
}

/// Behind the identity, which the ROUTER puts in front.
void check_frames(const Message& message) {
    const auto& frames = message.frames;
    if (message.frame_count != 5)
        throw bad_frames("the message has " + std::to_string(message.frame_count - 1) + " frames");
    if (!frames[1].empty()) throw bad_frames("frame 1 is not empty");
    if (text(frames[2]) != "emit") throw bad_frames("frame 2 is not 'emit'");
    if (frames[3].size() > max_correlation_bytes)
        throw bad_frames("frame 3, the correlation, has " + std::to_string(frames[3].size()) + " bytes");
}

}  // namespace

Intake::Intake(Context& context, const Endpoint& endpoint, api::Commands& commands, api::Access& access,
               api::Audit& audit, metrics::Metrics& metrics)
    : commands_(commands),
      access_(access),
      audit_(audit),
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

/// At the end it takes what has come, once, and stays until all of it is answered. Who connects from then on
/// is the next daemon's, where sockets are inherited.
void Intake::run() noexcept {
    own_thread_ = std::this_thread::get_id();
    std::array<zmq::pollitem_t, 2> items{
        {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, doorbell_.descriptor(), ZMQ_POLLIN, 0}}};
    Ending ending = Ending::no;
    while (ending == Ending::no || unanswered() > 0) {
        try {
            if (stopping_ && ending == Ending::no) {
                ending = Ending::begun;
                socket_.unbind(socket_.get(zmq::sockopt::last_endpoint));
            }
            if (ending != Ending::begun) zmq::poll(items, patience());
            doorbell_.silence();
            pulse_.answer();
            if (ending != Ending::drained) take_burst();
            if (ending == Ending::begun) ending = Ending::drained;
            commands_.flush();
            release_held();
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
    peer_.clear();
    refused_ = 0;
    for (; taken < messages_per_burst && bytes < bytes_per_burst && refused_ < refusals_per_burst; ++taken) {
        if (!receive(socket_, message_)) break;
        bytes += message_.bytes();
        handle();
    }
    metrics_.intake_messages.add(static_cast<std::uint64_t>(taken));
}

void Intake::handle() {
    const std::size_t place = keep({std::string(text(message_.frames[0])), {}});
    try {
        check_frames(message_);
        addresses_[place].correlation = text(message_.frames[3]);
        emit(place, message_.frames[4]);
    } catch (const Error& error) {
        refuse(place, error);
    } catch (const std::exception& error) {
        spdlog::error("intake: {}", error.what());
        post({place, Error(Code::internal, "the message failed unexpectedly", "look into the daemon's log")});
    }
}

void Intake::refuse(std::size_t place, const Error& error) {
    if (pass_.principal) audit_.note(error, visit_, pass_.principal->author, "emit", api::Scope::emit);
    if (error.reason() != core::Reason::rate || held_.size() >= most_held) return post({place, error});
    ++refused_;
    held_.push_back({std::chrono::steady_clock::now() + refusal_pause, {place, error}});
}

/// All of them when the intake stops.
void Intake::release_held() {
    const auto now = std::chrono::steady_clock::now();
    for (; !held_.empty() && (stopping_ || held_.front().until <= now); held_.pop_front())
        post(std::move(held_.front().reply));
}

/// How long nothing has to be done when nothing comes.
std::chrono::milliseconds Intake::patience() const {
    if (held_.empty()) return poll_timeout;
    const auto left = held_.front().until - std::chrono::steady_clock::now();
    return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0),
                      poll_timeout);
}

void Intake::emit(std::size_t place, const zmq::message_t& body) {
    const api::Principal& principal = principal_of(body);
    commands_.admit(principal);
    commands_.emit(principal, codec_.read_lines(text(body)), {},
                   [this, place](eventlog::AppendResult&& result) {
                       post({place, std::move(result)});
                   });
}

/// The place of an address until its reply is sent: a number is all that the commit has to carry.
std::size_t Intake::keep(Address address) {
    if (free_places_.empty()) {
        addresses_.push_back(std::move(address));
        return addresses_.size() - 1;
    }
    const std::size_t place = free_places_.back();
    free_places_.pop_back();
    addresses_[place] = std::move(address);
    return place;
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
    due_.clear();
    {
        const std::lock_guard lock(mutex_);
        due_.swap(replies_);
    }
    for (const Reply& reply : due_) {
        send_reply(reply);
        free_places_.push_back(reply.place);
    }
}

void Intake::send_reply(const Reply& reply) {
    const auto& [identity, correlation] = addresses_[reply.place];
    const Error* error = std::get_if<Error>(&reply.result);
    const std::string_view code = error == nullptr ? "ok" : core::name_of(error->code());
    const std::string body =
        error == nullptr ? tocsin::api::receipts_json(std::get<std::vector<event::Receipt>>(reply.result))
                         : tocsin::api::refusal_json(*error);
    const std::array<std::string_view, 5> frames{identity, "", code, correlation, body};
    if (send(socket_, frames) != Sent::yes)
        metrics_.intake_replies_dropped.add();  // the client sends again, with the same id
}

/// libzmq names a local peer as `localhost:UID:GID:PID`.
const api::Principal& Intake::principal_of(const zmq::message_t& frame) {
    const char* address = zmq_msg_gets(frame.handle(), "Peer-Address");
    std::string_view rest = address == nullptr ? "" : address;
    if (!peer_.empty() && peer_ == rest) return *pass_.principal;
    std::string peer(rest);
    peer_.clear();  // should this one turn out to be unknown
    pass_ = {};
    std::array<unsigned, 3> ids{};
    for (unsigned& id : ids) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        rest.remove_prefix(std::min(colon + 1, rest.size()));
        if (std::from_chars(rest.data(), rest.data() + rest.size(), id).ec != std::errc())
            throw Error(Code::denied, "the peer's user is not known", "connect over the local ipc socket");
    }
    visit_.peer = {ids[0], ids[1], static_cast<pid_t>(ids[2])};
    pass_ = access_.pass(visit_.peer);
    peer_ = std::move(peer);
    return *pass_.principal;
}

}  // namespace tocsin::daemon::zeromq
