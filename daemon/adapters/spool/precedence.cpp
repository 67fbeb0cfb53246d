// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/spool/precedence.hpp"

#include <sys/ioctl.h>

#include <utility>

#include "common/core/error.hpp"

namespace tocsin::daemon::spool {
namespace {

using core::Error;
using core::Reason;

bool has_news(int inotify) noexcept {
    int bytes = 0;
    return inotify >= 0 && ioctl(inotify, FIONREAD, &bytes) == 0 && bytes > 0;
}

[[noreturn]] void refuse(const event::Author& author) {
    throw Error::unavailable(Reason::busy,
                             "events of user '" + author.name + "' wait in the spool, or may do so",
                             "spool this one behind them, or send it without behind=spool");
}

}  // namespace

void Precedence::settle(Names waiting, Names over_rate) {
    const State state = waiting.empty() ? State::none : State::some;
    {
        const std::lock_guard lock(mutex_);
        waiting_ = std::move(waiting);
        over_rate_ = std::move(over_rate);
    }
    state_ = state;
}

/// What is still in the kernel's queue is looked at first: when it is gone from there, the thread that took
/// it had unsettled the state before, and settles it only with what it took.
void Precedence::require_none(const event::Author& author) const {
    if (has_news(inotify_)) refuse(author);
    const State state = state_;
    if (state == State::none) return;
    if (state == State::unknown) refuse(author);
    const std::lock_guard lock(mutex_);
    if (over_rate_.contains(author.name))
        throw Error::unavailable(
            Reason::rate, "user '" + author.name + "' is over its rate, and its events wait in the spool",
            "send less, or wait until they are taken in");
    if (waiting_.contains(author.name)) refuse(author);
}

}  // namespace tocsin::daemon::spool
