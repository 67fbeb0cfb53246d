// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/process/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include "common/core/descriptor.hpp"
#include "common/core/doorbell.hpp"
#include "common/core/error.hpp"

namespace tocsin::daemon::process {
namespace {

using core::Descriptor;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr mode_t usual_umask = 022;

/// A pipe whose ends are closed by exec.
struct Pipe {
    Descriptor out;  ///< to read from
    Descriptor in;   ///< to write to

    static Pipe make() {
        std::array<int, 2> ends{-1, -1};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) return {Descriptor(), Descriptor()};
        return {Descriptor(ends[0]), Descriptor(ends[1])};
    }
    bool is_open() const { return out && in; }
};

/// The last bytes of a stream.
class Tail {
 public:
    void append(std::string_view bytes) {
        kept_.append(bytes);
        if (kept_.size() > 2 * kept_bytes) kept_.erase(0, kept_.size() - kept_bytes);
    }
    std::string take() {
        if (kept_.size() > kept_bytes) kept_.erase(0, kept_.size() - kept_bytes);
        return std::move(kept_);
    }

 private:
    std::string kept_;
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

/// Both ends of the three streams.
struct Streams {
    Pipe in = Pipe::make();
    Pipe out = Pipe::make();
    Pipe err = Pipe::make();

    bool are_open() const { return in.is_open() && out.is_open() && err.is_open(); }
    void close_childs_ends() {
        in.out.close();
        out.in.close();
        err.in.close();
    }
};

/// The daemon's own limit is high, and some programs look at every descriptor that there could be.
void limit_descriptors(pid_t pid) {
    constexpr rlim_t usual = 1024;
    rlimit limit{};
    if (prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) != 0 || limit.rlim_cur <= usual) return;
    limit.rlim_cur = usual;
    prlimit(pid, RLIMIT_NOFILE, &limit, nullptr);
}

/// Attributes and file actions of posix_spawn(3), with their owner.
class SpawnPlan {
 public:
    SpawnPlan(const Command& command, const Streams& streams) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, streams.in.out.number(), STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, streams.out.in.number(), STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, streams.err.in.number(), STDERR_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
        posix_spawn_file_actions_addchdir_np(&actions_, command.folder.c_str());
        posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_,
                                 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    /// The pid, or minus errno.
    pid_t start(const Command& command) const {
        pid_t pid = 0;
        const auto argv = pointers(command.argv);
        const auto environment = pointers(command.environment);
        // posix_spawn can't set it. Spawns are one at a time, and what the daemon itself creates meanwhile
        // has a mode of its own.
        const mode_t own = umask(usual_umask);
        const int error =
            posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv.data(), environment.data());
        umask(own);
        if (error != 0) return -error;
        limit_descriptors(pid);
        return pid;
    }

 private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Feeds and drains a child until it has ended or its time is up.
class Attendant {
 public:
    enum class Saw { end, late, stop };

    /// `bell` rings when a stop is asked for; -1: never.
    Attendant(pid_t pid, Streams streams, std::string_view input, int bell)
        : pid_(pid),
          process_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))),
          in_(std::move(streams.in.in)),
          out_(std::move(streams.out.out)),
          err_(std::move(streams.err.out)),
          bell_(bell),
          input_(input) {
        for (const Descriptor* end : {&in_, &out_, &err_}) fcntl(end->number(), F_SETFL, O_NONBLOCK);
        if (input_.empty()) in_.close();
    }

    Saw attend(Clock::time_point until) {
        Saw limit = Saw::late;
        while (Clock::now() < until) {
            std::array<pollfd, 5> ends{{{process_.number(), POLLIN, 0},
                                        {out_.number(), POLLIN, 0},
                                        {err_.number(), POLLIN, 0},
                                        {in_.number(), POLLOUT, 0},
                                        {bell_, POLLIN, 0}}};
            poll(ends.data(), ends.size(), patience(until));
            if (ends[3].revents != 0) feed();
            drain(out_, out);
            drain(err_, err);
            if (ends[0].revents != 0 || (!process_ && has_ended())) return Saw::end;
            if (ends[4].revents == 0) continue;
            bell_ = -1;
            const auto last = Clock::now() + stop_patience;
            if (last < until) limit = Saw::stop;
            until = std::min(until, last);
        }
        return limit;
    }

    /// What is in the pipes when all writers are gone.
    void take_last_words() {
        drain(out_, out);
        drain(err_, err);
    }

    Tail out;
    Tail err;

 private:
    /// Without a descriptor of the process, for want of descriptors, it is asked now and then.
    int patience(Clock::time_point until) const {
        const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
        const auto most = process_ ? std::chrono::minutes(1) : milliseconds(20);
        return static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(most)).count());
    }
    bool has_ended() const {
        siginfo_t end{};
        return waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
               end.si_pid == pid_;
    }

    /// A child that does not read all is no fault of its own.
    void feed() {
        const ssize_t count = write(in_.number(), input_.data(), input_.size());
        if (count > 0) input_.remove_prefix(static_cast<std::size_t>(count));
        const bool is_over = input_.empty() || (count < 0 && errno != EAGAIN && errno != EINTR);
        if (is_over) in_.close();
    }

    /// What is there now, and not more than a share, so that a child which prints without end has its limit.
    static void drain(Descriptor& end, Tail& tail) {
        std::array<char, 16U << 10> part;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
        for (int turn = 0; end && turn < 16; ++turn) {
            const ssize_t count = read(end.number(), part.data(), part.size());
            if (count > 0) tail.append({part.data(), static_cast<std::size_t>(count)});
            if (count == 0) end.close();
            if (count <= 0) return;
        }
    }

    const pid_t pid_;
    Descriptor process_;
    Descriptor in_;
    Descriptor out_;
    Descriptor err_;
    int bell_;
    std::string_view input_;
};

/// Kills whatever is left, also what left the group or ignored SIGTERM; gives the status. New ones may be
/// forked meanwhile, so it looks until none is left.
int end_run(pid_t pid, std::string_view run, Children& children) {
    constexpr int most_turns = 250;
    constexpr int turns_without_search = 3;  // mostly there is only one to bury
    constexpr std::chrono::microseconds longest_pause{20'000};
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);  // should it have left its own group
    const int status = children.ended(pid, run);
    for (int turn = 0; turn < most_turns && !children.tidy(); ++turn) {
        if (turn >= turns_without_search) Children::kill_run(run);
        std::this_thread::sleep_for(std::min(std::chrono::microseconds(100) * turn, longest_pause));
    }
    return status;
}

Ended not_started(int error) {
    Ended ended;
    ended.how = Ended::How::not_started;
    ended.code = error;
    return ended;
}

Ended::How how_of(Attendant::Saw saw, int status) {
    if (saw == Attendant::Saw::stop) return Ended::How::stopped;
    if (saw == Attendant::Saw::late) return Ended::How::timed_out;
    return WIFSIGNALED(status) ? Ended::How::signalled : Ended::How::exited;
}

Ended attend(const Command& command, std::string_view run, Attendant& attendant, pid_t pid,
             Children& children) {
    const auto begun = Clock::now();
    const auto saw = attendant.attend(begun + command.timeout);
    if (saw != Attendant::Saw::end) {
        kill(-pid, SIGTERM);
        attendant.attend(Clock::now() + command.grace);
    }
    const int status = end_run(pid, run, children);
    attendant.take_last_words();
    Ended ended;
    ended.how = how_of(saw, status);
    ended.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    ended.duration = std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
    ended.out = attendant.out.take();
    ended.err = attendant.err.take();
    return ended;
}

/// The run itself, with a bell that rings at a stop.
Ended run_with_bell(const Command& command, std::string_view run, std::string_view input, Children& children,
                    int bell) {
    Streams streams;
    if (!streams.are_open()) return not_started(errno);
    const SpawnPlan plan(command, streams);
    const pid_t pid = children.started(run, [&] { return plan.start(command); });
    if (pid < 0) return not_started(-pid);
    streams.close_childs_ends();
    Attendant attendant(pid, std::move(streams), input, bell);
    return attend(command, run, attendant, pid, children);
}

}  // namespace

Ended run(const Command& command, std::string_view run, std::string_view input, Children& children,
          const std::stop_token& stop) {
    if (!stop.stop_possible()) return run_with_bell(command, run, input, children, -1);
    std::optional<core::Doorbell> bell;
    try {
        bell.emplace();
    } catch (const core::Error&) {
        return not_started(EMFILE);
    }
    const std::stop_callback on_stop(stop, [&bell] { bell->ring(); });
    return run_with_bell(command, run, input, children, bell->descriptor());
}

}  // namespace tocsin::daemon::process
