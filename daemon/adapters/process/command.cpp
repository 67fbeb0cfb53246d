// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/process/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <thread>
#include <utility>

#include "common/core/descriptor.hpp"

namespace tocsin::daemon::process {
namespace {

using core::Descriptor;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

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

/// Attributes and file actions of posix_spawn(3), with their owner.
class SpawnPlan {
 public:
    SpawnPlan(const Command& command, const Pipe& in, const Pipe& out, const Pipe& err) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, in.out.number(), STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, out.in.number(), STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, err.in.number(), STDERR_FILENO);
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
        const int error =
            posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv.data(), environment.data());
        return error == 0 ? pid : -error;
    }

 private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Feeds and drains a child until it has ended or its time is up.
class Attendant {
 public:
    Attendant(pid_t pid, Descriptor to_child, Descriptor printed, Descriptor complaints,
              std::string_view input)
        : process_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))),
          in_(std::move(to_child)),
          out_(std::move(printed)),
          err_(std::move(complaints)),
          input_(input) {
        for (const Descriptor* end : {&in_, &out_, &err_})
            fcntl(end->number(), F_SETFL, fcntl(end->number(), F_GETFL) | O_NONBLOCK);
        if (input_.empty()) in_.close();
    }

    /// False when the time was over first.
    bool attend(Clock::time_point until) {
        while (true) {
            const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
            if (left <= milliseconds(0)) return false;
            std::array<pollfd, 4> ends{{{process_.number(), POLLIN, 0},
                                        {out_.number(), POLLIN, 0},
                                        {err_.number(), POLLIN, 0},
                                        {in_ ? in_.number() : -1, POLLOUT, 0}}};
            if (poll(ends.data(), ends.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
                return false;
            if (ends[3].revents != 0) feed();
            drain(out_, out);
            drain(err_, err);
            if (ends[0].revents != 0) return true;
        }
    }

    Tail out;
    Tail err;

 private:
    /// A child that does not read all is no fault of its own.
    void feed() {
        const ssize_t count = write(in_.number(), input_.data(), input_.size());
        if (count > 0) input_.remove_prefix(static_cast<std::size_t>(count));
        const bool is_over = input_.empty() || (count < 0 && errno != EAGAIN && errno != EINTR);
        if (is_over) in_.close();
    }

    /// What is there now, and not more than a share, so that a child which prints without end has its limit.
    static void drain(Descriptor& end, Tail& tail) {
        std::array<char, 16U << 10> part{};
        for (int turn = 0; end && turn < 16; ++turn) {
            const ssize_t count = read(end.number(), part.data(), part.size());
            if (count > 0) tail.append({part.data(), static_cast<std::size_t>(count)});
            if (count == 0) end.close();
            if (count <= 0) return;
        }
    }

    Descriptor process_;
    Descriptor in_;
    Descriptor out_;
    Descriptor err_;
    std::string_view input_;
};

/// Whatever left the group or ignored SIGTERM. New ones may be forked meanwhile, so it looks until none is
/// left.
void kill_all(pid_t group, std::string_view run) {
    constexpr int most_turns = 250;
    kill(-group, SIGKILL);
    for (int turn = 0; turn < most_turns && !Children::kill_run(run); ++turn)
        std::this_thread::sleep_for(milliseconds(std::min(turn + 1, 20)));
}

Ended not_started(int error) {
    Ended ended;
    ended.how = Ended::How::not_started;
    ended.code = error;
    return ended;
}

}  // namespace

Ended run(const Command& command, std::string_view run, std::string_view input, Children& children) {
    Pipe in = Pipe::make();
    Pipe out = Pipe::make();
    Pipe err = Pipe::make();
    if (!in.is_open() || !out.is_open() || !err.is_open()) return not_started(errno);
    const auto begun = Clock::now();
    const SpawnPlan plan(command, in, out, err);
    const pid_t pid = children.started(run, [&] { return plan.start(command); });
    if (pid < 0) return not_started(-pid);
    in.out.close();
    out.in.close();
    err.in.close();
    Attendant attendant(pid, std::move(in.in), std::move(out.out), std::move(err.out), input);
    bool in_time = attendant.attend(begun + command.timeout);
    if (!in_time) {
        kill(-pid, SIGTERM);
        attendant.attend(Clock::now() + command.grace);
    }
    kill_all(pid, run);
    attendant.attend(Clock::now() + milliseconds(100));  // the last words
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    children.ended(pid, run);
    children.tidy();
    Ended ended;
    ended.how = !in_time              ? Ended::How::timed_out
                : WIFSIGNALED(status) ? Ended::How::signalled
                                      : Ended::How::exited;
    ended.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    ended.duration = std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
    ended.out = attendant.out.take();
    ended.err = attendant.err.take();
    return ended;
}

}  // namespace tocsin::daemon::process
