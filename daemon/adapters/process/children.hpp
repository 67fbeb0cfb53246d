// SPDX-License-Identifier: Apache-2.0
// The daemon's child processes: those it started, and orphans of theirs that it inherits as a subreaper
// (prctl(2), PR_SET_CHILD_SUBREAPER).
#pragma once

#include <sys/types.h>

#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace tocsin::daemon::process {

/// One per process. Thread rule: any thread.
class Children {
 public:
    Children();

    /// Calls `start`, which gives a pid or a negative number, and knows the child before anybody could take
    /// it for an orphan.
    template <class Start>
    pid_t started(std::string_view run, Start&& start) {
        const std::lock_guard lock(mutex_);
        const pid_t pid = start();
        if (pid > 0) pids_.insert(pid);
        if (pid > 0) runs_.emplace(run);
        return pid;
    }

    /// The child is waited for: the run is over, and whatever is left of it is killed.
    void ended(pid_t pid, std::string_view run);

    /// Kills descendants of a run wherever they are; true when there were none any more.
    static bool kill_run(std::string_view run);

    /// Buries orphans that have ended, and kills those whose run is over or that name none.
    void tidy();

 private:
    std::mutex mutex_;
    std::set<pid_t> pids_;
    std::multiset<std::string, std::less<>> runs_;
};

}  // namespace tocsin::daemon::process
