// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/user_database.hpp"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/core/error.hpp"

namespace tocsin::daemon::api {
namespace {

/// Asks for an entry with as much room as it needs: that of a large group is long. What `take` makes of it;
/// nothing when there is none. A database that can't be read is not one without the entry, so that nobody is
/// given a name by mistake.
template <class Entry, class Ask, class Take>
auto look_up(Ask&& ask, Take&& take) -> std::optional<decltype(take(std::declval<const Entry&>()))> {
    constexpr std::size_t most = 16U << 20;
    std::vector<char> buffer;
    for (std::size_t size = 4096; size <= most; size *= 4) {
        buffer.resize(size);
        Entry entry{};
        Entry* found = nullptr;
        const int error = ask(&entry, buffer.data(), buffer.size(), &found);
        if (error == ERANGE) continue;
        const bool answered =
            error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
        if (answered) return found != nullptr ? std::optional(take(*found)) : std::nullopt;
        throw core::Error::unavailable(
            core::Reason::busy, "the user database can't be read: " + std::generic_category().message(error),
            "try again in a moment");
    }
    return std::nullopt;
}

}  // namespace

std::string user_name(uid_t uid) {
    return look_up<passwd>([uid](auto... rest) { return getpwuid_r(uid, rest...); },
                           [](const passwd& entry) { return std::string(entry.pw_name); })
        .value_or(std::to_string(uid));
}

gid_t primary_group(uid_t uid) {
    constexpr gid_t nobody = 65534;
    return look_up<passwd>([uid](auto... rest) { return getpwuid_r(uid, rest...); },
                           [](const passwd& entry) { return entry.pw_gid; })
        .value_or(nobody);
}

std::optional<uid_t> user_id(const std::string& name) {
    return look_up<passwd>([&name](auto... rest) { return getpwnam_r(name.c_str(), rest...); },
                           [](const passwd& entry) { return entry.pw_uid; });
}

std::optional<gid_t> group_id(const std::string& name) {
    return look_up<group>([&name](auto... rest) { return getgrnam_r(name.c_str(), rest...); },
                          [](const group& entry) { return entry.gr_gid; });
}

std::vector<gid_t> groups_of(const std::string& user, gid_t first) {
    std::vector<gid_t> groups(64);
    auto count = static_cast<int>(groups.size());
    if (getgrouplist(user.c_str(), first, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        getgrouplist(user.c_str(), first, groups.data(), &count);
    }
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    return groups;
}

}  // namespace tocsin::daemon::api
