// SPDX-License-Identifier: Apache-2.0
// libzmq's context, and where its sockets are bound.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace zmq {
class context_t;
class socket_t;
}  // namespace zmq

namespace tocsin::daemon::zeromq {

/// A path to bind with a mode, or a descriptor that another process bound and listens on.
struct Endpoint {
    std::filesystem::path path;
    mode_t mode = 0600;
    std::string group;  ///< the path's group, when such a group exists; empty: leave it
    std::optional<int> inherited;

    std::string address() const { return "ipc://" + path.string(); }
};

/// Must outlive every socket made from it.
class Context {
 public:
    Context();
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    zmq::context_t& get() noexcept { return *context_; }

 private:
    std::unique_ptr<zmq::context_t> context_;
};

/// Binds the socket. The caller holds the runtime folder's lock: libzmq removes whatever lies at the path, so
/// it is looked at first. Throws `core::Exit` naming the path.
void bind(zmq::socket_t& socket, const Endpoint& endpoint);

/// Connections that were closed at once because the process had no descriptor left.
/// Naming it also links the guard that keeps libzmq from aborting then.
std::uint64_t shed_connections() noexcept;

}  // namespace tocsin::daemon::zeromq
