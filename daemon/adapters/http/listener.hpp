// SPDX-License-Identifier: Apache-2.0
// Where the server accepts: a Unix socket of its own, or one that it inherited.
#pragma once

#include <filesystem>
#include <string>

namespace tocsin::daemon::http {

/// A listening socket. Closes it when destroyed; the path stays, as for any server that may be restarted.
class Listener {
 public:
    /// Binds the path with mode 0666: who may do what is decided by the peer's user. The caller holds the
    /// folder's lock. Throws `core::Exit` naming the path.
    static Listener at_path(const std::filesystem::path& path);

    /// Takes over a descriptor that another process bound and listens on. Throws `core::Exit` when it is not
    /// a listening stream socket.
    static Listener inherited(int descriptor);

    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&&) = delete;
    ~Listener();

    int descriptor() const noexcept { return descriptor_; }
    const std::string& address() const noexcept { return address_; }

 private:
    Listener(int descriptor, std::string address);
    int descriptor_;
    std::string address_;
};

}  // namespace tocsin::daemon::http
