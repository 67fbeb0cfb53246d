// SPDX-License-Identifier: Apache-2.0
// Takes connections off one listener, on the loop's thread.
#pragma once

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "daemon/adapters/http/listener.hpp"

namespace tocsin::daemon::http {

namespace asio = boost::asio;

/// Thread rule: constructed before the context runs; then its thread alone.
class Acceptor {
 public:
    /// Gets each connection: a descriptor that does not block, which is its own from then on.
    using Admit = std::function<void(int descriptor)>;

    Acceptor(asio::io_context& context, Listener listener, Admit admit);

    Listener::Kind kind() const noexcept { return listener_.kind(); }
    /// Takes who has connected, and listens no more. The queue of an inherited socket waits for its next
    /// owner.
    void close();

 private:
    void accept_soon();
    void accept_all();

    Listener listener_;
    Admit admit_;
    asio::posix::stream_descriptor readiness_;
    asio::steady_timer pause_;
    bool closed_ = false;
};

}  // namespace tocsin::daemon::http
