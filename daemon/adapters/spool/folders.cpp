// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/spool/folders.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <system_error>
#include <utility>

#include "common/api/spool_file.hpp"
#include "common/core/error.hpp"
#include "common/core/folder_lock.hpp"
#include "common/core/paths.hpp"

namespace tocsin::daemon::spool {
namespace {

using core::Error;
using core::Reason;

constexpr mode_t base_mode = 0755;
constexpr mode_t shared_mode = 03777;  // sticky: others' files stay; setgid: the daemon may read them
constexpr mode_t bad_mode = 0750;
constexpr mode_t report_mode = 0640;
constexpr std::chrono::hours stale_after{1};
constexpr std::string_view report_suffix = ".reason";

std::string reason_text() { return std::generic_category().message(errno); }

Error unusable(const std::filesystem::path& path, const std::string& why) {
    return Error::unavailable(Reason::none, "the spool " + path.string() + " can't be used: " + why,
                              "see tocsind(8), FILES, for its owner and modes");
}

core::Timestamp time_of(const timespec& time) {
    const auto since = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    return core::Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(since));
}

bool is_in_group(gid_t group) {
    if (geteuid() == 0 || getegid() == group) return true;
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(getgroups(0, nullptr), 0)));
    const int count = getgroups(static_cast<int>(groups.size()), groups.data());
    return count >= 0 && std::ranges::find(groups, group) != groups.end();
}

std::vector<std::string> names_in(const Descriptor& folder) {
    // a descriptor of its own: the place in the list belongs to the open file
    const int copy = openat(folder.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> list(copy < 0 ? nullptr : fdopendir(copy), &closedir);
    if (!list) {
        const std::string why = reason_text();
        if (copy >= 0) close(copy);
        throw Error::unavailable(Reason::busy, "the spool can't be listed: " + why);
    }
    std::vector<std::string> names;
    while (const dirent* entry = readdir(list.get())) {  // NOLINT(concurrency-mt-unsafe): a list of its own
        const std::string_view name(entry->d_name);
        if (name != "." && name != "..") names.emplace_back(name);
    }
    return names;
}

Content refused(uid_t owner, std::string reason, std::string why) {
    return {Content::State::refused, owner, {}, std::move(reason), std::move(why)};
}

Content not_opened() {
    switch (errno) {
        case ENOENT: return {Content::State::gone, 0, {}, {}, {}};
        case ELOOP: return refused(0, "not_a_file", "it is a symbolic link");
        case ENXIO: return refused(0, "not_a_file", "it is a socket");
        case EACCES:
        case EPERM: return refused(0, "unreadable", "the daemon may not read it: its group or mode is wrong");
        default: return {Content::State::later, 0, {}, {}, reason_text()};
    }
}

/// Reads to the file's end, or a little beyond the limit.
Content read_all(const Descriptor& file, const struct stat& info) {
    Content content{Content::State::whole, info.st_uid, {}, {}, {}};
    content.text.resize(static_cast<std::size_t>(info.st_size) + 1);
    std::size_t size = 0;
    while (size < content.text.size()) {
        const ssize_t count = ::read(file.number(), content.text.data() + size, content.text.size() - size);
        if (count == 0) break;
        if (count < 0 && errno != EINTR) return {Content::State::later, info.st_uid, {}, {}, reason_text()};
        if (count > 0) size += static_cast<std::size_t>(count);
    }
    content.text.resize(size);
    return content;
}

bool write_report(const Descriptor& folder, const std::string& name, std::string_view text) {
    const Descriptor file(openat(folder.number(), name.c_str(),
                                 O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, report_mode));
    return file && fchmod(file.number(), report_mode) == 0 &&
           ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

struct Aside {
    std::string name;
    core::Timestamp since;
    std::uint64_t bytes = 0;
};

}  // namespace

Folders::Folders(const std::filesystem::path& path)
    : path_(path),
      base_((core::prepare_folder(path, base_mode, "spool"),
             ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))),
      tmp_(open_shared(core::spool_tmp)),
      new_(open_shared(core::spool_new)),
      bad_(open_bad()) {
    struct stat info {};
    if (fstat(new_.number(), &info) == 0 && (info.st_mode & S_ISGID) != 0) group_ = info.st_gid;
    const auto is_report = [](const std::string& name) { return name.ends_with(report_suffix); };
    const auto names = names_in(bad_);
    bad_files_ = names.size() - static_cast<std::size_t>(std::ranges::count_if(names, is_report));
}

std::filesystem::path Folders::new_path() const { return path_ / core::spool_new; }

/// One that everybody may write into.
Descriptor Folders::open_shared(std::string_view name) {
    const std::filesystem::path path = path_ / name;
    if (!base_) throw unusable(path_, reason_text());
    const std::string text(name);
    const bool is_new = mkdirat(base_.number(), text.c_str(), 0700) == 0;
    if (!is_new && errno != EEXIST) throw unusable(path, reason_text());
    Descriptor folder(openat(base_.number(), text.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) throw unusable(path, reason_text());
    if (is_new && fchmod(folder.number(), shared_mode) != 0)
        note(path.string() + " can't be given mode 3777 (" + reason_text() +
             "), so only the daemon's user can spool");
    inspect(folder, name);
    return folder;
}

Descriptor Folders::open_bad() const {
    const std::string name(core::spool_bad);
    const bool is_new = mkdirat(base_.number(), name.c_str(), bad_mode) == 0;
    Descriptor folder(openat(base_.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder || (is_new && fchmod(folder.number(), bad_mode) != 0))
        throw unusable(path_ / name, reason_text());
    return folder;
}

/// Somebody else may have made it: what would lose events or keep the daemon from its work is told.
void Folders::inspect(const Descriptor& folder, std::string_view name) {
    const std::filesystem::path path = path_ / name;
    struct stat info {};
    if (fstat(folder.number(), &info) != 0) throw unusable(path, reason_text());
    const bool is_sticky = (info.st_mode & S_ISVTX) != 0;
    const bool is_own = info.st_uid == geteuid() || geteuid() == 0;
    if (!is_own && (is_sticky || faccessat(folder.number(), ".", W_OK | X_OK, AT_EACCESS) != 0))
        throw unusable(path, "it belongs to user " + std::to_string(info.st_uid) +
                                 ", so this daemon can't take files out of it");
    const bool is_shared = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (is_shared && !is_sticky)
        note(path.string() + " is not sticky, so users can remove each other's events");
    if (!is_shared || geteuid() == 0) return;
    if ((info.st_mode & S_ISGID) == 0 || !is_in_group(info.st_gid))
        note(path.string() + " does not hand the daemon's group on, so it can't read what others spool");
}

void Folders::note(const std::string& problem) {
    problem_ += problem_.empty() ? "" : "; ";
    problem_ += problem;
}

std::vector<std::string> Folders::names() const { return names_in(new_); }

std::optional<Found> Folders::find(const std::string& name) const {
    struct stat info {};
    if (fstatat(new_.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    return Found{info.st_uid, static_cast<std::uint64_t>(info.st_size), time_of(info.st_mtim)};
}

Content Folders::read(const std::string& name) const {
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const Descriptor file(openat(new_.number(), name.c_str(), flags));
    if (!file) return not_opened();
    struct stat info {};
    if (fstat(file.number(), &info) != 0) return {Content::State::later, 0, {}, {}, reason_text()};
    if (!S_ISREG(info.st_mode)) return refused(info.st_uid, "not_a_file", "it is no regular file");
    if (info.st_nlink == 0) return {Content::State::gone, info.st_uid, {}, {}, {}};
    // A second name, or a group that the folder did not give: it was not written here, so its owner may not
    // have meant it for the spool.
    if (info.st_nlink != 1) return refused(info.st_uid, "linked", "it has another name elsewhere");
    if (group_ && info.st_gid != *group_)
        return refused(info.st_uid, "foreign", "it was not made in the spool: its group is another");
    if (static_cast<std::uint64_t>(info.st_size) > tocsin::api::max_spool_file_bytes)
        return refused(info.st_uid, "too_large",
                       "it has " + std::to_string(info.st_size) + " bytes; the limit is " +
                           std::to_string(tocsin::api::max_spool_file_bytes));
    return read_all(file, info);
}

bool Folders::remove(const std::string& name) const {
    return unlinkat(new_.number(), name.c_str(), 0) == 0 || errno == ENOENT;
}

void Folders::sync() const { fsync(new_.number()); }

/// Its own name when that is one of ours: others may be too long, or meant to fool whoever lists them.
std::string Folders::bad_name(const std::string& name) const {
    if (tocsin::api::parse_spool_name(name) &&
        faccessat(bad_.number(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return name;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return "odd-" + std::to_string(core::to_microseconds(time_of(now))) + "-" + std::to_string(++odd_names_);
}

bool Folders::set_aside(const std::string& name, std::string_view report) {
    const std::string aside = bad_name(name);
    const std::string reason = aside + std::string(report_suffix);
    write_report(bad_, reason, report);  // a full disk must not keep the file where it is
    if (renameat(new_.number(), name.c_str(), bad_.number(), aside.c_str()) == 0) {
        ++bad_files_;
        return true;
    }
    const int why = errno;
    unlinkat(bad_.number(), reason.c_str(), 0);
    if (unlinkat(new_.number(), name.c_str(), AT_REMOVEDIR) == 0) return true;  // somebody's empty folder
    errno = why;
    return why == ENOENT;
}

void Folders::tidy(core::Timestamp now, const BadLimits& limits) {
    for (const std::string& name : names_in(tmp_)) {
        struct stat info {};
        if (fstatat(tmp_.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            now - time_of(info.st_mtim) > stale_after)
            unlinkat(tmp_.number(), name.c_str(), S_ISDIR(info.st_mode) ? AT_REMOVEDIR : 0);
    }
    std::vector<Aside> asides;
    std::uint64_t bytes = 0;
    for (const std::string& name : names_in(bad_)) {
        struct stat info {};
        if (name.ends_with(report_suffix) ||
            fstatat(bad_.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        asides.push_back({name, time_of(info.st_ctim), static_cast<std::uint64_t>(info.st_size)});
        bytes += asides.back().bytes;
    }
    std::ranges::sort(asides, {}, [](const Aside& aside) { return std::pair(aside.since, aside.name); });
    bad_files_ = asides.size();
    for (const Aside& oldest : asides) {
        if (bad_files_ <= limits.files && bytes <= limits.bytes && now - oldest.since <= limits.age) break;
        unlinkat(bad_.number(), oldest.name.c_str(), 0);
        unlinkat(bad_.number(), (oldest.name + std::string(report_suffix)).c_str(), 0);
        bytes -= oldest.bytes;
        --bad_files_;
    }
}

}  // namespace tocsin::daemon::spool
