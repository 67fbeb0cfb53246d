// SPDX-License-Identifier: Apache-2.0
#include "common/core/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

#include "common/core/exit_status.hpp"

namespace tocsin::core {
namespace {

std::string owner_of(int descriptor) {
    std::array<char, 16> text{};
    const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
    std::string owner(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!owner.empty() && owner.back() == '\n') owner.pop_back();
    return owner.empty() ? "unknown" : owner;
}

/// Makes a folder's entries durable; a file system that can't is left alone.
void sync_folder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    fsync(descriptor);
    ::close(descriptor);
}

/// A power cut must not take away a new folder, with all that was synced inside.
void create_durably(const std::filesystem::path& folder, std::error_code& error) {
    std::filesystem::path above = std::filesystem::absolute(folder).parent_path();
    std::vector<std::filesystem::path> changed{above};
    for (; !std::filesystem::exists(above, error) && above.has_relative_path(); changed.push_back(above))
        above = above.parent_path();
    std::filesystem::create_directories(folder, error);
    if (error) return;
    for (const std::filesystem::path& each : changed) sync_folder(each);
}

/// Who keeps us out. The file's pid is that of the last owner: when that one is gone, somebody looks at the
/// folder.
Exit in_use(int descriptor, const std::filesystem::path& file, const std::string& hint) {
    const std::string owner = owner_of(descriptor);
    const std::string folder = file.parent_path().string();
    const bool is_gone = kill(std::atoi(owner.c_str()), 0) != 0 && errno == ESRCH;
    if (is_gone)
        return {ExitStatus::try_again, Code::unavailable,
                folder + " is in use by a program that checks or saves it",
                "wait until tocsin doctor or tocsin salvage has ended"};
    return {ExitStatus::try_again, Code::unavailable,
            folder + " is in use: tocsind is already running, pid " + owner, hint};
}

Exit cant_lock(const std::filesystem::path& file) {
    return {ExitStatus::io, Code::unavailable,
            "can't lock " + file.string() + ": " + std::generic_category().message(errno),
            "check the folder's owner and permissions"};
}

}  // namespace

void prepare_folder(const std::filesystem::path& folder, mode_t mode, std::string_view what) {
    std::error_code error;
    if (!std::filesystem::exists(folder, error)) {
        create_durably(folder, error);
        if (!error) chmod(folder.c_str(), mode);
    }
    if (!error && std::filesystem::is_directory(folder, error)) return;
    const std::string name(what);
    throw Exit(ExitStatus::io, Code::unavailable,
               "can't use " + name + " folder " + folder.string() + ": " +
                   (error ? error.message() : "not a folder"),
               "create it, or name another with --" + name);
}

FolderLock::FolderLock(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (descriptor_ < 0) throw cant_lock(file);
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const Exit refusal =
            in_use(descriptor_, file, "stop it first, or name other folders with --state and --runtime");
        ::close(descriptor_);
        throw Exit(refusal);
    }
    const std::string pid = std::to_string(getpid()) + "\n";
    // The pid is for people; the lock holds without it.
    if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, pid.data(), pid.size(), 0) < 0) errno = 0;
}

FolderLock::~FolderLock() { ::close(descriptor_); }

FolderHold::FolderHold(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
    if (descriptor_ < 0 && errno != ENOENT) throw cant_lock(file);
    if (descriptor_ < 0 || flock(descriptor_, LOCK_SH | LOCK_NB) == 0) return;
    const Exit refusal =
        in_use(descriptor_, file,
               "stop it first; while it runs, 'tocsin backup FILE' gives a copy for '--file FILE'");
    ::close(descriptor_);
    throw Exit(refusal);
}

FolderHold::~FolderHold() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tocsin::core
