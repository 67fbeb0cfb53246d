// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/principal.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <vector>

#include "common/core/error.hpp"

namespace tocsin::daemon::api {
namespace {

constexpr const char* operators_group = "tocsin";
constexpr std::size_t max_known = 1024;

constexpr Scopes emitter = Scopes().with(Scope::emit);
constexpr Scopes operators = emitter.with(Scope::read).with(Scope::operate);
constexpr Scopes administrator = operators.with(Scope::admin);

std::int64_t seconds_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Asks for an entry with as much room as it needs: that of a large group is long. A database that can't be
/// read is not one without the entry, so that nobody is given a name by mistake.
template <class Entry, class Ask>
bool ask_for(Entry& entry, std::vector<char>& buffer, Ask&& ask) {
    constexpr std::size_t most = 16U << 20;
    for (std::size_t size = 4096; size <= most; size *= 4) {
        buffer.resize(size);
        Entry* found = nullptr;
        const int error = ask(&entry, buffer.data(), buffer.size(), &found);
        if (error == ERANGE) continue;
        const bool answered =
            error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
        if (answered) return found != nullptr;
        throw core::Error::unavailable(
            core::Reason::busy, "the user database can't be read: " + std::generic_category().message(error),
            "try again in a moment");
    }
    return false;
}

std::string user_name(uid_t uid) {
    std::vector<char> buffer;
    passwd entry{};
    const bool known = ask_for(entry, buffer, [uid](auto... rest) { return getpwuid_r(uid, rest...); });
    return known ? entry.pw_name : std::to_string(uid);
}

std::optional<gid_t> operators_gid() {
    std::vector<char> buffer;
    group entry{};
    const bool known =
        ask_for(entry, buffer, [](auto... rest) { return getgrnam_r(operators_group, rest...); });
    return known ? std::optional(entry.gr_gid) : std::nullopt;
}

bool is_operator(const Peer& peer, const std::string& name) {
    const auto gid = operators_gid();
    if (!gid) return false;
    std::vector<gid_t> groups(64);
    auto count = static_cast<int>(groups.size());
    if (getgrouplist(name.c_str(), peer.gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        getgrouplist(name.c_str(), peer.gid, groups.data(), &count);
    }
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    return std::ranges::find(groups, *gid) != groups.end();
}

Principal look_up(const Peer& peer) {
    Principal principal{{"user", user_name(peer.uid)}, emitter};
    if (peer.uid == 0 || peer.uid == geteuid())
        principal.scopes = administrator;
    else if (is_operator(peer, principal.author.name))
        principal.scopes = operators;
    return principal;
}

}  // namespace

std::string_view name_of(Scope scope) noexcept {
    constexpr std::array<std::string_view, 5> names{"none", "emit", "read", "operate", "admin"};
    return names[static_cast<std::size_t>(scope)];
}

void Principal::require(Scope scope) const {
    if (scopes.has(scope)) return;
    throw core::Error(core::Code::denied,
                      "user '" + author.name + "' lacks the right '" + std::string(name_of(scope)) + "'",
                      "join the group 'tocsin', or ask an administrator");
}

Principal Access::principal(const Peer& peer) {
    constexpr std::int64_t keep_seconds = 60;
    const std::int64_t now = seconds_now();
    const std::lock_guard lock(mutex_);
    if (known_.size() > max_known) known_.clear();
    Known& known = known_[{peer.uid, peer.gid}];
    if (known.until <= now) known = {look_up(peer), now + keep_seconds};
    return known.principal;
}

}  // namespace tocsin::daemon::api
