// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/process/children.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <vector>

#include "common/core/descriptor.hpp"
#include "common/core/text.hpp"

namespace tocsin::daemon::process {
namespace {

constexpr std::string_view run_variable = "TOCSIN_RUN=";

std::string read_all(const std::string& path) {
    const core::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string content;
    if (!file) return content;
    std::string part(64U << 10, '\0');
    for (ssize_t size = 0; (size = ::read(file.number(), part.data(), part.size())) > 0;)
        content.append(part, 0, static_cast<std::size_t>(size));
    return content;
}

std::vector<pid_t> all_processes() {
    std::vector<pid_t> pids;
    const std::unique_ptr<DIR, int (*)(DIR*)> list(opendir("/proc"), &closedir);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): each list has one reader
    for (const dirent* entry = nullptr; list && (entry = readdir(list.get())) != nullptr;)
        if (const auto pid = core::parse_number<pid_t>(entry->d_name)) pids.push_back(*pid);
    return pids;
}

/// The run that a process belongs to by its environment; nothing when it names none, or is gone.
std::optional<std::string> run_of(pid_t pid) {
    const std::string environment = read_all("/proc/" + std::to_string(pid) + "/environ");
    for (std::size_t begin = 0; begin < environment.size();) {
        const std::size_t end = std::min(environment.find('\0', begin), environment.size());
        const std::string_view variable = std::string_view(environment).substr(begin, end - begin);
        if (variable.starts_with(run_variable)) return std::string(variable.substr(run_variable.size()));
        begin = end + 1;
    }
    return std::nullopt;
}

/// Field 4 of /proc/PID/stat, behind the name in parentheses; 0 when the process is gone.
pid_t parent_of(pid_t pid) {
    const std::string stat = read_all("/proc/" + std::to_string(pid) + "/stat");
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos || name_end + 4 >= stat.size()) return 0;
    const std::string_view rest = std::string_view(stat).substr(name_end + 4);  // `) S PPID …`
    return core::parse_number<pid_t>(rest.substr(0, rest.find(' '))).value_or(0);
}

}  // namespace

Children::Children() { prctl(PR_SET_CHILD_SUBREAPER, 1); }

void Children::ended(pid_t pid, std::string_view run) {
    const std::lock_guard lock(mutex_);
    pids_.erase(pid);
    if (const auto found = runs_.find(run); found != runs_.end()) runs_.erase(found);
}

bool Children::kill_run(std::string_view run) {
    bool found = false;
    for (const pid_t pid : all_processes()) {
        if (pid == getpid() || run_of(pid) != run) continue;
        found = kill(pid, SIGKILL) == 0 || found;
    }
    return !found;
}

void Children::tidy() {
    const std::lock_guard lock(mutex_);
    for (const pid_t pid : all_processes()) {
        if (pids_.contains(pid) || parent_of(pid) != getpid()) continue;
        if (waitpid(pid, nullptr, WNOHANG) == pid) continue;
        const auto run = run_of(pid);
        if (!run || !runs_.contains(*run)) kill(pid, SIGKILL);
    }
}

}  // namespace tocsin::daemon::process
