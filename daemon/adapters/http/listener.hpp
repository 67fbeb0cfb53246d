// SPDX-License-Identifier: Apache-2.0
// Where the server accepts: a Unix socket of its own or one that it inherited, or a TCP port.
#pragma once

#include <filesystem>
#include <string>

#include "daemon/adapters/http/ip_address.hpp"

namespace tocsin::daemon::http {

/// A listening socket. Closes it when destroyed; the path stays, as for any server that may be restarted.
class Listener {
 public:
    enum class Kind { local, tcp };

    /// Binds the path with mode 0666: who may do what is decided by the peer's user. The caller holds the
    /// folder's lock. Throws `core::Exit` naming the path.
    static Listener at_path(const std::filesystem::path& path);

    /// Takes over a descriptor that another process bound and listens on. Throws `core::Exit` when it is not
    /// a listening stream socket.
    static Listener inherited(int descriptor);

    /// Throws `core::Exit` naming the address.
    static Listener at_address(const TcpAddress& address);

    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&&) = delete;
    ~Listener();

    int descriptor() const noexcept { return descriptor_; }
    Kind kind() const noexcept { return kind_; }
    /// `unix:PATH` or `http://IP:PORT`.
    const std::string& address() const noexcept { return address_; }
    bool is_inherited() const noexcept { return origin_ == Origin::inherited; }

    /// Listens no more: who connects from now on is refused, or waits for the next owner of an inherited
    /// socket.
    void close() noexcept;

 private:
    enum class Origin { own, inherited };
    Listener(Kind kind, Origin origin, int descriptor, std::string address);
    Kind kind_;
    Origin origin_;
    int descriptor_;
    std::string address_;
};

}  // namespace tocsin::daemon::http
