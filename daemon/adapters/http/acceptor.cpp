// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/acceptor.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>

namespace tocsin::daemon::http {
namespace {

constexpr std::chrono::milliseconds accept_pause{50};

}  // namespace

Acceptor::Acceptor(asio::io_context& context, Listener listener, Admit admit)
    : listener_(std::move(listener)),
      admit_(std::move(admit)),
      readiness_(context, fcntl(listener_.descriptor(), F_DUPFD_CLOEXEC, 0)),
      pause_(context) {
    accept_soon();
}

void Acceptor::close() {
    if (!listener_.is_inherited()) accept_all();
    closed_ = true;
    readiness_.close();
    pause_.cancel();
    listener_.close();
}

void Acceptor::accept_soon() {
    readiness_.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this](const boost::system::error_code& error) {
                              if (error || closed_) return;
                              accept_all();
                          });
}

/// Takes every connection that waits. When descriptors run out it pauses instead of spinning; the daemon's
/// accept guard has shed a connection by then.
void Acceptor::accept_all() {
    for (int taken = 0; taken < 64; ++taken) {
        const int descriptor =
            accept4(listener_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            admit_(descriptor);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EAGAIN) return accept_soon();
        pause_.expires_after(accept_pause);
        return pause_.async_wait([this](const boost::system::error_code& error) {
            if (!error && !closed_) accept_soon();
        });
    }
    accept_soon();
}

}  // namespace tocsin::daemon::http
