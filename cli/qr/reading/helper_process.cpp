// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/reading/helper_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "common/core/descriptor.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::cli::qr::reading {
namespace {

using core::Code;
using core::Descriptor;
using core::Exit;
using core::ExitStatus;

[[noreturn]] void no_room(int error) {
    throw Exit(ExitStatus::io, Code::internal,
               "can't exchange data with a helper: " + std::generic_category().message(error),
               "close other programs, and try again");
}

/// A file without a name that holds the bytes: reading it never waits, so nobody must write meanwhile.
Descriptor file_of(std::string_view bytes) {
    Descriptor file(memfd_create("input", MFD_CLOEXEC));
    if (!file) no_room(errno);
    while (!bytes.empty()) {
        const ssize_t count = write(file.number(), bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) no_room(errno);
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    if (lseek(file.number(), 0, SEEK_SET) != 0) no_room(errno);
    return file;
}

/// What posix_spawn(3) is to do with descriptors and signals, with its owner.
class SpawnPlan {
 public:
    SpawnPlan(const Descriptor& in, const Descriptor& out) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, in.number(), STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, out.number(), STDOUT_FILENO);
        posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    pid_t start(std::string program) const {
        pid_t pid = 0;
        const std::array<char*, 2> arguments{program.data(), nullptr};
        const int error =
            posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments.data(), environ);
        if (error == 0) return pid;
        throw Exit(ExitStatus::no_service, Code::unavailable,
                   "can't run " + program + " (" + std::generic_category().message(error) + ")",
                   "install the package tocsin, which brings it");
    }

 private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Waits for its end. Nobody else waits for this child.
int status_of(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) no_room(errno);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// 0 at the end, or the error.
int read_all(const Descriptor& end, std::string& into) {
    std::array<char, 16U << 10> part;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
    while (true) {
        const ssize_t count = read(end.number(), part.data(), part.size());
        if (count == 0) return 0;
        if (count < 0 && errno != EINTR) return errno;
        if (count > 0) into.append(part.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

Ended run_helper(const std::string& program, std::string_view input) {
    const Descriptor in = file_of(input);
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) no_room(errno);
    const Descriptor output(ends[0]);
    Descriptor childs_output(ends[1]);
    const pid_t pid = SpawnPlan(in, childs_output).start(program);
    childs_output.close();
    Ended ended;
    const int error = read_all(output, ended.output);
    ended.status = status_of(pid);
    if (error != 0) no_room(error);
    return ended;
}

}  // namespace tocsin::cli::qr::reading
