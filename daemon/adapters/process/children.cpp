// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/process/children.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <vector>

#include "common/core/descriptor.hpp"
#include "common/core/text.hpp"

namespace tocsin::daemon::process {
namespace {

constexpr std::string_view run_variable = "TOCSIN_RUN=";
constexpr std::string_view bus_variable = "TOCSIN_SOCKET=";
constexpr std::chrono::milliseconds bare_time{10};

std::string read_all(const std::string& path) {
    const core::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string content;
    if (!file) return content;
    std::array<char, 4096> part;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
    for (ssize_t size = 0; (size = ::read(file.number(), part.data(), part.size())) > 0;)
        content.append(part.data(), static_cast<std::size_t>(size));
    return content;
}

/// The names in a folder of /proc that are numbers.
std::vector<pid_t> numbers_in(const char* folder) {
    std::vector<pid_t> numbers;
    const std::unique_ptr<DIR, int (*)(DIR*)> list(opendir(folder), &closedir);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): each list has one reader
    for (const dirent* entry = nullptr; list && (entry = readdir(list.get())) != nullptr;)
        if (const auto number = core::parse_number<pid_t>(entry->d_name)) numbers.push_back(*number);
    return numbers;
}

std::string environment_of(pid_t pid) { return read_all("/proc/" + std::to_string(pid) + "/environ"); }

/// The value of a variable, named with its `=`; nothing when the environment has none.
std::optional<std::string_view> variable_in(std::string_view environment, std::string_view name) {
    while (!environment.empty()) {
        const std::string_view variable = environment.substr(0, environment.find('\0'));
        if (variable.starts_with(name)) return variable.substr(name.size());
        environment.remove_prefix(std::min(variable.size() + 1, environment.size()));
    }
    return std::nullopt;
}

/// The run that an environment names, if any.
std::optional<std::string_view> run_in(std::string_view environment) {
    return variable_in(environment, run_variable);
}

/// Field 4 of /proc/PID/stat, behind the name in parentheses; 0 when the process is gone.
pid_t parent_of(pid_t pid) {
    const std::string stat = read_all("/proc/" + std::to_string(pid) + "/stat");
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos || name_end + 4 >= stat.size()) return 0;
    const std::string_view rest = std::string_view(stat).substr(name_end + 4);  // `) S PPID …`
    return core::parse_number<pid_t>(rest.substr(0, rest.find(' '))).value_or(0);
}

/// Each thread's children, as the kernel lists them; nothing when it was built without such lists.
std::optional<std::vector<pid_t>> listed_children() {
    if (access("/proc/thread-self/children", R_OK) != 0) return std::nullopt;
    std::vector<pid_t> children;
    for (const pid_t thread : numbers_in("/proc/self/task")) {
        const std::string list = read_all("/proc/self/task/" + std::to_string(thread) + "/children");
        for (std::string_view rest = list; !rest.empty();) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            if (const auto pid = core::parse_number<pid_t>(rest.substr(0, end))) children.push_back(*pid);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return children;
}

std::vector<pid_t> own_children() {
    if (auto listed = listed_children()) return *std::move(listed);
    std::vector<pid_t> all = numbers_in("/proc");
    std::erase_if(all, [](pid_t pid) { return parent_of(pid) != getpid(); });
    return all;
}

/// The one question to the kernel that mostly answers all others.
bool is_childless() {
    siginfo_t any{};
    return waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 && errno == ECHILD;
}

}  // namespace

Children::Children() { prctl(PR_SET_CHILD_SUBREAPER, 1); }

int Children::ended(pid_t pid, std::string_view run) {
    siginfo_t end{};
    while (waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    // Buried under the lock: nobody's list of children changes but at its end while `tidy` reads it.
    const std::lock_guard lock(mutex_);
    int status = 0;
    waitpid(pid, &status, 0);
    pids_.erase(pid);
    if (const auto found = runs_.find(run); found != runs_.end()) runs_.erase(found);
    return status;
}

void Children::kill_runs_of(std::string_view bus) {
    for (const pid_t pid : numbers_in("/proc")) {
        if (pid == getpid()) continue;
        const std::string environment = environment_of(pid);
        if (run_in(environment) && variable_in(environment, bus_variable) == bus) kill(pid, SIGKILL);
    }
}

void Children::kill_run(std::string_view run) {
    for (const pid_t pid : numbers_in("/proc"))
        if (pid != getpid() && run_in(environment_of(pid)) == run) kill(pid, SIGKILL);
}

bool Children::tidy() {
    if (is_childless()) return true;
    const std::lock_guard lock(mutex_);
    bool is_tidy = true;
    for (const pid_t pid : own_children()) {
        if (pids_.contains(pid)) continue;
        const bool is_buried = waitpid(pid, nullptr, WNOHANG) == pid;
        if (is_buried) bare_.erase(pid);
        if (is_buried || end_orphan(pid)) is_tidy = false;
    }
    return is_tidy;
}

/// True when it was killed, or may have to be. A process in the midst of execve(2) shows no environment for a
/// moment: only one that stays bare names no run.
bool Children::end_orphan(pid_t pid) {
    const std::string environment = environment_of(pid);
    if (const auto run = run_in(environment); run && runs_.contains(*run)) return false;
    const auto now = std::chrono::steady_clock::now();
    const bool is_bare = environment.empty();
    if (is_bare && now - bare_.try_emplace(pid, now).first->second < bare_time) return true;
    return kill(pid, SIGKILL) == 0;
}

}  // namespace tocsin::daemon::process
