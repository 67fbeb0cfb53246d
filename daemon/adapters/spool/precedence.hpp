// SPDX-License-Identifier: Apache-2.0
// Whose events wait in the spool, so that nothing sent later overtakes them.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "common/event/event.hpp"

namespace tocsin::daemon::spool {

/// Thread rule: `require_none` from any thread, the rest from the spool's.
class Precedence {
 public:
    using Names = std::set<std::string, std::less<>>;

    /// Takes notice of what arrives on an inotify descriptor and has not been read from it yet. The
    /// descriptor must stay open.
    void watch(int inotify) noexcept { inotify_ = inotify; }

    /// Before the descriptor is read, or the folder is listed: from here on anybody's event may wait.
    void unsettle() noexcept { state_ = State::unknown; }
    /// Afterwards: these users' events wait, and those of some because they are over their rate.
    void settle(Names waiting, Names over_rate);

    /// Throws `unavailable` while events of the author wait, or may: `busy`, or `rate` when that is why they
    /// do. An event that was spooled before the call counts, whether or not the spool's thread has run since.
    void require_none(const event::Author& author) const;

 private:
    enum class State { unknown, none, some };
    std::atomic<State> state_{State::unknown};
    std::atomic<int> inotify_{-1};
    mutable std::mutex mutex_;  // guards what follows
    Names waiting_;
    Names over_rate_;
};

}  // namespace tocsin::daemon::spool
