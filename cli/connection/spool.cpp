// SPDX-License-Identifier: Apache-2.0
#include "cli/connection/spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <string>
#include <system_error>

#include "common/core/descriptor.hpp"
#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"
#include "common/core/uuid.hpp"

namespace tocsin::cli::connection {
namespace {

using core::Descriptor;

constexpr mode_t file_mode = 0640;  // the folder's group, which is the daemon's, may read it
constexpr mode_t folder_mode = 0700;

/// Says so on the system log too: cron may throw away what a job writes.
[[noreturn]] void fail(const std::string& path, int error_number) {
    const std::string what =
        "the spool can't take the event: " + path + ": " + std::generic_category().message(error_number);
    openlog("tocsin", LOG_PID, LOG_USER);
    syslog(LOG_ERR, "%s", what.c_str());
    const bool is_missing = error_number == ENOENT || error_number == ENOTDIR;
    throw core::Exit(core::ExitStatus::io, core::Code::unavailable, what,
                     is_missing ? "install tocsind, which makes it, or name the right one in $TOCSIN_SPOOL"
                                : "make room there, or give this user the right to write into it");
}

Descriptor open_folder(const std::string& path) {
    return Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// Makes a folder's entries durable. One that can't be opened for that (execute permission alone is enough to
/// make a folder within) is left alone.
bool sync_folder(const std::string& path) {
    const Descriptor folder = open_folder(path);
    return !folder || fsync(folder.number()) == 0;
}

/// Makes the folder and those above it, each durably. False with errno when that fails.
bool make_folder(const std::string& path) {
    if (mkdir(path.c_str(), folder_mode) != 0) {
        if (errno == EEXIST) return true;
        const std::size_t slash = path.find_last_of('/');
        if (errno != ENOENT || slash == std::string::npos || slash == 0) return false;
        if (!make_folder(path.substr(0, slash)) || mkdir(path.c_str(), folder_mode) != 0) return false;
    }
    return sync_folder(path.substr(0, std::max<std::size_t>(path.find_last_of('/'), 1)));
}

std::string boot_id() {
    std::array<char, 8> digits{};
    const Descriptor file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    if (!file || read(file.number(), digits.data(), digits.size()) != static_cast<ssize_t>(digits.size()))
        return "00000000";  // files then order by the time since the boot alone
    return {digits.data(), digits.size()};
}

std::string new_name(core::Timestamp now) {
    timespec since_boot{};
    clock_gettime(CLOCK_BOOTTIME, &since_boot);
    const auto seconds = static_cast<std::uint64_t>(since_boot.tv_sec);
    const auto nanoseconds = static_cast<std::uint64_t>(since_boot.tv_nsec);
    return api::spool_name({static_cast<std::uint64_t>(core::to_microseconds(now)), boot_id(),
                            seconds * 1'000'000'000 + nanoseconds},
                           static_cast<std::uint32_t>(core::random_bits()));
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno != EINTR) return false;
        if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

/// False with errno when the file could not be made whole and synced; then there is none.
bool write_file(const std::string& path, std::string_view header, std::string_view lines) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode));
    if (!file) return false;
    if (fchmod(file.number(), file_mode) == 0 && write_all(file.number(), header) &&
        write_all(file.number(), lines) && fdatasync(file.number()) == 0 && file.close())
        return true;
    const int reason = errno;
    unlink(path.c_str());
    errno = reason;
    return false;
}

}  // namespace

void Spool::write(const api::SpoolHeader& header, std::string_view lines) const {
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes becomes an error of the write
    const std::string tmp_folder = folder_.path + "/" + std::string(core::spool_tmp);
    const std::string new_folder = folder_.path + "/" + std::string(core::spool_new);
    if (folder_.kind == SpoolFolder::Kind::own)
        for (const std::string& each : {tmp_folder, new_folder})
            if (!make_folder(each)) fail(each, errno);
    const Descriptor target = open_folder(new_folder);  // before anything is written
    if (!target) fail(new_folder, errno);
    const std::string name = new_name(header.time);
    const std::string tmp = tmp_folder + "/" + name;
    const std::string waiting = new_folder + "/" + name;
    const auto give_up = [](const std::string& leftover, const std::string& path) {
        const int reason = errno;
        unlink(leftover.c_str());
        fail(path, reason);
    };
    if (!write_file(tmp, api::spool_header(header, lines.size()), lines)) fail(tmp, errno);
    if (rename(tmp.c_str(), waiting.c_str()) != 0) give_up(tmp, waiting);
    if (fsync(target.number()) != 0) give_up(waiting, new_folder);
}

}  // namespace tocsin::cli::connection
