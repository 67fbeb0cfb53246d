// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/core/exit_status.hpp"
#include "common/core/socket_path.hpp"

namespace tocsin::daemon::http {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

constexpr int backlog = 4096;

Exit failure(const std::string& address) {
    return Exit(ExitStatus::io, Code::unavailable,
                "can't listen on " + address + ": " + std::generic_category().message(errno),
                "check the runtime folder's permissions");
}

int option(int descriptor, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

Listener::Listener(int descriptor, std::string address)
    : descriptor_(descriptor), address_(std::move(address)) {}

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), address_(std::move(other.address_)) {}

Listener::~Listener() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Listener Listener::at_path(const std::filesystem::path& path) {
    core::prepare_socket_path(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path.native(), address.sun_path);
    Listener listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                      "unix:" + path.string());
    // The socket's own type wants the generic one, as everywhere in this interface of the kernel.
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (listener.descriptor_ < 0 || bind(listener.descriptor_, generic, sizeof address) != 0 ||
        chmod(path.c_str(), 0666) != 0 || listen(listener.descriptor_, backlog) != 0)
        throw failure(path.string());
    return listener;
}

Listener Listener::inherited(int descriptor) {
    const std::string name = "descriptor " + std::to_string(descriptor);
    if (option(descriptor, SO_ACCEPTCONN) != 1 || option(descriptor, SO_TYPE) != SOCK_STREAM ||
        option(descriptor, SO_DOMAIN) != AF_UNIX)
        throw Exit(ExitStatus::config, Code::invalid, name + " is not a listening Unix stream socket",
                   "let the socket unit listen with ListenStream=");
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) throw failure(name);
    return Listener(descriptor, std::string("unix:") + address.sun_path);
}

}  // namespace tocsin::daemon::http
