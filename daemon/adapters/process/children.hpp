// SPDX-License-Identifier: Apache-2.0
// The daemon's child processes: those it started, and orphans of theirs that it inherits as a subreaper
// (prctl(2), PR_SET_CHILD_SUBREAPER).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
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

    /// Waits for the child and gives its status (wait(2)): the run is over, and whatever is left of it is to
    /// be killed.
    int ended(pid_t pid, std::string_view run);

    /// Kills descendants of a run wherever they are.
    static void kill_run(std::string_view run);

    /// Kills every process that carries a run of this bus: what a daemon that died has left behind. Before
    /// the first run.
    static void kill_runs_of(std::string_view bus);

    /// Buries orphans that have ended, and kills those whose run is over or that name none. True when it
    /// found no such orphan: whatever a process that has ended leaves behind is an orphan of ours, so nothing
    /// is left of any run that is over.
    bool tidy();

 private:
    bool end_orphan(pid_t pid);

    std::mutex mutex_;
    std::set<pid_t> pids_;
    std::multiset<std::string, std::less<>> runs_;
    std::map<pid_t, std::chrono::steady_clock::time_point>
        bare_;  // orphans without an environment, since when
};

}  // namespace tocsin::daemon::process
