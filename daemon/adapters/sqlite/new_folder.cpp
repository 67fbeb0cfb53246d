// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/new_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <system_error>
#include <utility>

#include "common/core/exit_status.hpp"
#include "daemon/adapters/sqlite/file_bytes.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

constexpr mode_t new_folder_mode = 0750;

Exit cant_create(const std::filesystem::path& folder, int number, const std::string& hint) {
    return {ExitStatus::cant_create, Code::unavailable,
            "can't create " + folder.string() + ": " + std::generic_category().message(number), hint};
}

/// `state` for `state/` too, so that its parent is the folder that holds it.
std::filesystem::path without_slash(const std::filesystem::path& path) {
    const std::filesystem::path whole = std::filesystem::absolute(path).lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();
}

/// Folders of this name whose process does not live any more.
void remove_leftovers(const std::filesystem::path& parent, const std::string& prefix) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        const std::string owner = name.substr(prefix.size());
        const bool is_pid =
            !owner.empty() && owner.size() < 9 && owner.find_first_not_of("0123456789") == std::string::npos;
        if (is_pid && kill(std::stoi(owner), 0) != 0 && errno == ESRCH)
            std::filesystem::remove_all(entry.path(), ignored);
    }
}

/// A name of its own for what was replaced: `state.replaced-20261122T140500Z`.
std::filesystem::path aside_name(const std::filesystem::path& place) {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, ".replaced-%Y%m%dT%H%M%SZ", &parts);
    std::filesystem::path name = place;
    name += text;
    for (int i = 2; std::filesystem::exists(name); ++i) {
        name = place;
        name += text + std::string("-") + std::to_string(i);
    }
    return name;
}

}  // namespace

NewFolder::NewFolder(const std::filesystem::path& place, const std::string& what)
    : place_(without_slash(place)) {
    const std::string prefix = place_.filename().string() + "." + what + "-";
    remove_leftovers(place_.parent_path(), prefix);
    path_ = place_.parent_path() / (prefix + std::to_string(getpid()));
    if (mkdir(path_.c_str(), 0700) != 0)
        throw cant_create(path_, errno, "name a folder whose parent exists and that you may write to");
}

NewFolder::~NewFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

void NewFolder::adopt_rights_of(const std::filesystem::path& model) {
    struct stat info {};
    const bool has_model = stat(model.c_str(), &info) == 0;
    const mode_t mode = has_model ? info.st_mode & 07777 : new_folder_mode;
    const auto fail = [&] {
        throw cant_create(path_, errno, "run it as root, or as the owner of the folder");
    };
    if (has_model && geteuid() == 0) {
        for (const auto& entry : std::filesystem::directory_iterator(path_))
            if (lchown(entry.path().c_str(), info.st_uid, info.st_gid) != 0) fail();
        if (lchown(path_.c_str(), info.st_uid, info.st_gid) != 0) fail();
    }
    if (chmod(path_.c_str(), mode) != 0) fail();
}

void NewFolder::publish() {
    sync_folder(path_);
    if (rename(path_.c_str(), place_.c_str()) != 0)
        throw cant_create(place_, errno, "name a folder that is empty or does not exist yet");
    path_.clear();
    sync_folder(place_.parent_path());
}

std::filesystem::path NewFolder::exchange() {
    sync_folder(path_);
    std::filesystem::path aside = aside_name(place_);
    if (renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, place_.c_str(), RENAME_EXCHANGE) != 0)
        throw Exit(
            ExitStatus::cant_create, Code::unavailable,
            "can't replace " + place_.string() + ": " + std::generic_category().message(errno),
            "where it is a mount point or its parent may not be written to, move its files away and restore "
            "without --replace");
    std::filesystem::path old = std::exchange(path_, {});
    sync_folder(place_.parent_path());
    // The exchange has happened: whatever follows must not undo it.
    if (rename(old.c_str(), aside.c_str()) != 0) return old;
    sync_folder(place_.parent_path());
    return aside;
}

}  // namespace tocsin::daemon::sqlite
