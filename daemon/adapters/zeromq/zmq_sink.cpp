// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/zeromq/zmq_sink.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "common/core/descriptor.hpp"
#include "common/core/error.hpp"
#include "common/core/paths.hpp"
#include "common/core/text.hpp"

namespace tocsin::daemon::zeromq {
namespace {

using core::Code;
using core::Error;
using pipeline::Delivery;
using pipeline::Verdict;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::string_view ipc = "ipc://";
constexpr std::string_view tcp = "tcp://";
constexpr mode_t socket_mode = 0660;
// A peer that keeps up is not taken for one that is away, though the queue is full for a moment.
constexpr milliseconds patience{1000};
constexpr milliseconds longest_pause{10};
constexpr milliseconds unbind_time{200};
constexpr milliseconds idle_time{20};
constexpr int idle_turns = 5;
constexpr int linger_milliseconds = 1000;
constexpr int heartbeat_milliseconds = 5000;
constexpr int silence_milliseconds = 15'000;  // then the peer is gone
constexpr int connect_milliseconds = 5000;
constexpr int longest_reconnect_milliseconds = 1000;

Delivery down(std::string why, std::size_t taken = 0) {
    return {
        .verdict = Verdict::sink_down, .taken = taken, .result = std::move(why), .output = {}, .errors = {}};
}

std::string path_of(std::string_view address) { return std::string(address.substr(ipc.size())); }

void check_path(std::string_view path) {
    if (!path.starts_with('/') || path.ends_with('/') || path.find('\0') != std::string_view::npos)
        throw Error(Code::invalid, "'" + std::string(path) + "' is no absolute path of a socket",
                    "write ipc:// and then the whole path, as in ipc:///run/shop/orders.sock");
    if (path.size() > core::max_socket_path)
        throw Error(Code::invalid, "the socket's path has " + std::to_string(path.size()) + " bytes",
                    "choose one of at most " + std::to_string(core::max_socket_path));
}

bool is_host(std::string_view host) {
    const bool is_v6 = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    if (is_v6) host = host.substr(1, host.size() - 2);
    const std::string_view others = is_v6 ? ":.%" : "-._*";
    const auto is_allowed = [others](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    };
    return !host.empty() && std::ranges::all_of(host, is_allowed);
}

void check_host_and_port(std::string_view rest) {
    const std::size_t colon = std::min(rest.rfind(':'), rest.size());
    const auto port = core::parse_number<std::uint16_t>(rest.substr(std::min(colon + 1, rest.size())));
    if (!is_host(rest.substr(0, colon)) || !port || *port == 0)
        throw Error(Code::invalid, "'" + std::string(rest) + "' is no host and port",
                    "write a name or an address, a colon and a port from 1 to 65535, as in "
                    "tcp://127.0.0.1:5555");
}

/// libzmq would take the path away from whoever listens there.
bool is_listened_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    const core::Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto* name = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    // EAGAIN: its backlog is full.
    return connect(probe.number(), name, sizeof address) == 0 || errno == EAGAIN;
}

}  // namespace

void check_address(std::string_view address) {
    if (address.starts_with(ipc)) return check_path(address.substr(ipc.size()));
    if (address.starts_with(tcp)) return check_host_and_port(address.substr(tcp.size()));
    throw Error(Code::invalid, "'" + std::string(address) + "' is no address of a ZeroMQ peer",
                "write ipc:///PATH or tcp://HOST:PORT");
}

ZmqSink::ZmqSink(Context& context, ZmqOptions options) : context_(context), options_(std::move(options)) {}

ZmqSink::~ZmqSink() { close(); }

Delivery ZmqSink::deliver(std::span<const pipeline::Message> messages, const pipeline::Occasion&,
                          std::stop_token stop) {
    const std::lock_guard lock(mutex_);
    std::size_t taken = 0;
    try {
        if (!socket_) open();
        look_around();
        for (const pipeline::Message& message : messages) {
            if (!send_in_time(message, stop)) return down(why_not(), taken);
            ++taken;
        }
    } catch (const Error& error) {
        return down(error.what(), taken);
    } catch (const zmq::error_t& error) {
        close();
        return down(options_.address + ": " + error.what(), taken);
    }
    return {.verdict = Verdict::delivered, .taken = taken, .result = "sent", .output = {}, .errors = {}};
}

void ZmqSink::open() {
    const bool is_pub = options_.socket == ZmqOptions::Socket::pub;
    zmq::socket_t socket(context_.get(), is_pub ? zmq::socket_type::xpub : zmq::socket_type::push);
    socket.set(zmq::sockopt::sndhwm, options_.high_water_mark);
    if (is_pub) socket.set(zmq::sockopt::xpub_nodrop, true);
    socket.set(zmq::sockopt::immediate, true);  // a queue belongs to a peer, not to the hope for one
    socket.set(zmq::sockopt::tcp_keepalive, 1);
    socket.set(zmq::sockopt::heartbeat_ivl, heartbeat_milliseconds);
    socket.set(zmq::sockopt::heartbeat_timeout, silence_milliseconds);
    socket.set(zmq::sockopt::connect_timeout, connect_milliseconds);
    socket.set(zmq::sockopt::reconnect_ivl_max, longest_reconnect_milliseconds);
    if (options_.address.starts_with("tcp://[")) socket.set(zmq::sockopt::ipv6, true);
    attach(socket);
    socket.set(zmq::sockopt::linger, linger_milliseconds);
    subscriptions_ = {};
    socket_ = std::move(socket);
}

void ZmqSink::attach(zmq::socket_t& socket) const {
    if (options_.attach == ZmqOptions::Attach::connect) return socket.connect(options_.address);
    if (!options_.address.starts_with(ipc)) return socket.bind(options_.address);
    const std::string path = path_of(options_.address);
    if (is_listened_to(path))
        throw Error(Code::conflict, path + " is in use", "choose another path, or stop who listens there");
    bind(socket, {.path = path, .mode = socket_mode, .group = {}, .inherited = {}});
}

/// libzmq stops to listen on its own thread, soon: it is waited for, so that the next sink finds the path
/// free. Not by zmq_unbind(3): what was queued would be lost with the connections.
void ZmqSink::close() noexcept {
    if (!socket_) return;
    socket_.close();
    if (options_.attach == ZmqOptions::Attach::connect || !options_.address.starts_with(ipc)) return;
    const auto until = Clock::now() + unbind_time;
    while (Clock::now() < until && is_listened_to(path_of(options_.address)))
        std::this_thread::sleep_for(milliseconds(1));
}

/// What peers did shows when their messages to this socket are handled, and that a subscriber has gone only
/// when libzmq's threads have told each other so, there and back. While it sends, that is soon enough; after
/// a while without, the first message would go to those who have left.
void ZmqSink::look_around() {
    const bool was_idle = Clock::now() - last_look_ >= idle_time;
    for (int turn = 0; was_idle && turn < idle_turns; ++turn) {
        look();
        std::this_thread::sleep_for(milliseconds(1));
    }
    look();
}

void ZmqSink::look() {
    static_cast<void>(socket_.get(zmq::sockopt::events));  // asking has it handle what is due
    last_look_ = Clock::now();
    if (options_.socket == ZmqOptions::Socket::push) return;
    while (receive(socket_, received_)) subscriptions_.take(text(received_.frames.front()));
}

bool ZmqSink::send_in_time(const pipeline::Message& message, const std::stop_token& stop) {
    const auto until = Clock::now() + patience;
    milliseconds pause{1};
    while (!try_send(message)) {
        if (stop.stop_requested() || Clock::now() >= until) return false;
        // An XPUB that doesn't drop always polls as writable: only trying tells.
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, longest_pause);
        look();
    }
    return true;
}

bool ZmqSink::try_send(const pipeline::Message& message) {
    if (options_.socket == ZmqOptions::Socket::pub && subscriptions_.empty()) return false;
    if (message.shape == pipeline::Message::Shape::event) return send_event(message);
    return send(socket_, std::array<std::string_view, 2>{message.event->type.name(), message.body}) ==
           Sent::yes;
}

bool ZmqSink::send_event(const pipeline::Message& message) {
    const event::Event& event = *message.event;
    const auto previous = previous_.find(event.type.name());
    const std::string before = previous == previous_.end() ? "-" : core::to_text(previous->second);
    const std::string sequence = core::to_text(event.seq);
    const std::array<std::string_view, 4> frames{event.type.name(), sequence, before, message.body};
    if (send(socket_, frames) != Sent::yes) return false;
    previous_.insert_or_assign(event.type.name(), event.seq);
    return true;
}

std::string ZmqSink::why_not() const {
    if (options_.socket == ZmqOptions::Socket::push) return "no peer with room";
    return subscriptions_.empty() ? "no subscriber" : "a subscriber's queue is full";
}

}  // namespace tocsin::daemon::zeromq
