// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/listener.hpp"

#include <fcntl.h>
#include <netinet/in.h>
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

Exit failure(const std::string& address, std::string hint = "check the runtime folder's permissions") {
    return Exit(ExitStatus::io, Code::unavailable,
                "can't listen on " + address + ": " + std::generic_category().message(errno),
                std::move(hint));
}

int option(int descriptor, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

Listener::Listener(Kind kind, Origin origin, int descriptor, std::string address)
    : kind_(kind), origin_(origin), descriptor_(descriptor), address_(std::move(address)) {}

Listener::Listener(Listener&& other) noexcept
    : kind_(other.kind_),
      origin_(other.origin_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      address_(std::move(other.address_)) {}

Listener::~Listener() { close(); }

void Listener::close() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Listener Listener::at_path(const std::filesystem::path& path) {
    core::prepare_socket_path(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path.native(), address.sun_path);
    Listener listener(Kind::local, Origin::own,
                      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
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
    return Listener(Kind::local, Origin::inherited, descriptor, std::string("unix:") + address.sun_path);
}

Listener Listener::at_address(const TcpAddress& address) {
    sockaddr_storage storage{};
    socklen_t size = to_socket_address(address, storage);
    const auto* generic = reinterpret_cast<const sockaddr*>(&storage);
    Listener listener(Kind::tcp, Origin::own,
                      socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "");
    const int yes = 1;
    const int descriptor = listener.descriptor_;
    if (descriptor < 0 || setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        (storage.ss_family == AF_INET6 &&
         setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0) ||
        bind(descriptor, generic, size) != 0 || listen(descriptor, backlog) != 0 ||
        getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0)
        throw failure(address.text(), "choose another address for 'listen' in [api]");
    listener.address_ = "http://" + from_socket_address(storage).text();
    return listener;
}

}  // namespace tocsin::daemon::http
