// SPDX-License-Identifier: Apache-2.0
// Who asks, and what they may do: the same at every door.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "common/event/event.hpp"

namespace tocsin::daemon::api {

/// What a route asks for. `none` needs no right at all.
enum class Scope : std::uint8_t { none, emit, read, operate, admin };

std::string_view name_of(Scope scope) noexcept;

/// A set of scopes.
class Scopes {
 public:
    constexpr Scopes() = default;
    constexpr Scopes with(Scope scope) const noexcept { return Scopes(bits_ | bit(scope)); }
    constexpr bool has(Scope scope) const noexcept {
        return scope == Scope::none || (bits_ & bit(scope)) != 0;
    }

 private:
    constexpr explicit Scopes(unsigned bits) : bits_(bits) {}
    static constexpr unsigned bit(Scope scope) noexcept { return 1U << static_cast<unsigned>(scope); }
    unsigned bits_ = 0;
};

/// The process at the other end of a local socket, as the kernel names it.
struct Peer {
    uid_t uid = 0;
    gid_t gid = 0;
};

/// A peer with its name and its rights.
struct Principal {
    event::Author author;
    Scopes scopes;

    /// Throws `denied`, naming who lacks what.
    void require(Scope scope) const;
};

/// Turns peers into principals. The default: root and the daemon's own user may all; the group `tocsin` may
/// emit, read and operate; every other local user may emit.
/// Thread rule: any thread. Names and groups are asked for once a minute at most per peer. Throws
/// `unavailable` when they can't be asked for, as when descriptors have run out.
class Access {
 public:
    Principal principal(const Peer& peer);

 private:
    struct Known {
        Principal principal;
        std::int64_t until = 0;
    };
    std::mutex mutex_;
    std::map<std::pair<uid_t, gid_t>, Known> known_;
};

}  // namespace tocsin::daemon::api
