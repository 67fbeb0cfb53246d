// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/zeromq/context.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <zmq.hpp>

#include "common/core/exit_status.hpp"
#include "common/core/socket_path.hpp"
#include "common/event/event.hpp"
#include "daemon/api/user_database.hpp"

namespace tocsin::daemon::zeromq {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

constexpr int handshake_milliseconds = 2000;
constexpr int backlog = 1024;
constexpr int linger_milliseconds = 500;  // what a stop waits for readers of the last messages

void check_inherited(int descriptor) {
    int listening = 0;
    int domain = 0;
    socklen_t size = sizeof listening;
    // libzmq takes any descriptor without a word, also one that listens to nobody or whose peers have no
    // user.
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening != 1 ||
        getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX)
        throw Exit(ExitStatus::config, Code::invalid,
                   "descriptor " + std::to_string(descriptor) + " is not a listening Unix socket",
                   "let the socket unit listen with ListenStream=");
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

void set_owner(const Endpoint& endpoint) {
    const auto group = endpoint.group.empty() ? std::nullopt : api::group_id(endpoint.group);
    // Without the right to change the group the owner alone keeps access: nothing is opened wider than asked.
    if (group && chown(endpoint.path.c_str(), static_cast<uid_t>(-1), *group) != 0) return;
    chmod(endpoint.path.c_str(), endpoint.mode);
}

}  // namespace

Context::Context() : context_(std::make_unique<zmq::context_t>(1)) {}
Context::~Context() = default;

void bind(zmq::socket_t& socket, const Endpoint& endpoint) {
    socket.set(zmq::sockopt::linger, linger_milliseconds);
    socket.set(zmq::sockopt::handshake_ivl, handshake_milliseconds);
    socket.set(zmq::sockopt::backlog, backlog);
    socket.set(zmq::sockopt::maxmsgsize, static_cast<int64_t>(event::max_message_bytes));
    if (endpoint.inherited) {
        check_inherited(*endpoint.inherited);
        socket.set(zmq::sockopt::use_fd, *endpoint.inherited);
    } else {
        core::prepare_socket_path(endpoint.path);
    }
    try {
        socket.bind(endpoint.address());
    } catch (const zmq::error_t& error) {
        throw Exit(ExitStatus::io, Code::unavailable,
                   "can't bind " + endpoint.address() + ": " + error.what(),
                   "check the runtime folder's permissions");
    }
    if (!endpoint.inherited) set_owner(endpoint);
}

}  // namespace tocsin::daemon::zeromq
