// SPDX-License-Identifier: Apache-2.0
// The HTTP door: one thread that accepts, reads, answers and streams. Replies to appends come back to it from
// whichever thread committed.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/core/clock.hpp"
#include "common/core/pulse.hpp"
#include "daemon/adapters/http/listener.hpp"
#include "daemon/adapters/http/tcp_door.hpp"
#include "daemon/api/access.hpp"
#include "daemon/api/routes.hpp"

namespace tocsin::daemon::http {

class Loop;

struct Options {
    std::size_t max_connections = 4096;                                 ///< on the local socket
    std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);  ///< between requests
    std::chrono::milliseconds request_timeout =
        std::chrono::seconds(30);                                       ///< first to last byte, and the reply
    std::chrono::milliseconds keep_alive = std::chrono::seconds(15);    ///< silence on a live stream
    std::chrono::milliseconds drain_timeout = std::chrono::seconds(5);  ///< what a stop waits for
    TcpOptions tcp;
};

/// Thread rule: construct and destroy on one thread; `stop` may be called from any.
class HttpServer {
 public:
    HttpServer(std::vector<Listener> listeners, const Options& options, api::Commands& commands,
               const api::Queries& queries, api::Access& access, api::Audit& audit, metrics::Metrics& metrics,
               api::Exposition exposition, api::Control& control, pipeline::Pipelines& pipelines,
               const core::Clock& clock);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Takes over new limits: for what begins from now on. Any thread.
    void reconfigure(const Options& options);

    /// Accepts no more, lets replies that are under way finish, ends streams, and returns when all is done or
    /// the drain timeout is over.
    void stop();

    /// Answered by the loop.
    core::Pulse& pulse() noexcept;

 private:
    std::unique_ptr<Loop> loop_;
};

}  // namespace tocsin::daemon::http
