// SPDX-License-Identifier: Apache-2.0
// libzmq aborts the process when accept4 fails for want of descriptors on an ipc socket. An executable's own
// accept4 wins over libc's for shared libraries too, so this one closes such connections and reports an
// error that libzmq bears.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "daemon/adapters/zeromq/context.hpp"

namespace {

// one per process: why, the symbol below is one per process too
std::atomic<std::uint64_t> shed{0};
// one per process: why, as above
std::atomic<int> spare{open("/dev/null", O_RDONLY | O_CLOEXEC)};

/// Gives up the spare descriptor for as long as it takes to accept one connection and close it.
void shed_one(int listener) {
    const int reserve = spare.exchange(-1);
    if (reserve >= 0) close(reserve);
    const long accepted = syscall(SYS_accept4, listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted >= 0) {
        close(static_cast<int>(accepted));
        shed.fetch_add(1, std::memory_order_relaxed);
    } else {
        usleep(10'000);  // another thread has the reserve: only time helps
    }
    const int replaced = spare.exchange(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (replaced >= 0) close(replaced);
}

}  // namespace

extern "C" int accept4(int listener, sockaddr* address, socklen_t* length, int flags) {
    const long accepted = syscall(SYS_accept4, listener, address, length, flags);
    if (accepted >= 0) return static_cast<int>(accepted);
    const int error = errno;
    if (error == EAGAIN || error == EINTR || error == ECONNABORTED) return -1;
    if (error == EMFILE || error == ENFILE)
        shed_one(listener);
    else if (error == ENOMEM || error == ENOBUFS || error == EPERM)
        usleep(10'000);  // nothing to close: only time helps
    else
        return -1;
    errno = ECONNABORTED;
    return -1;
}

namespace tocsin::daemon::zeromq {

std::uint64_t shed_connections() noexcept { return shed.load(std::memory_order_relaxed); }

}  // namespace tocsin::daemon::zeromq
