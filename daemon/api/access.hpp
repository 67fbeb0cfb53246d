// SPDX-License-Identifier: Apache-2.0
// Turns those who come to a door into principals, by the rows of the configuration or the default rights.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/clock.hpp"
#include "daemon/api/principal.hpp"
#include "daemon/api/token.hpp"

namespace tocsin::daemon::api {

/// The process at the other end of a local socket, as the kernel names it.
struct Peer {
    uid_t uid = 0;
    gid_t gid = 0;
    pid_t pid = 0;  ///< when it connected; only to be named in the log
};

/// An `[[access]]` row: what a user, or a member of a group, may do in place of the default.
struct AccessRule {
    enum class Kind : std::uint8_t { user, group };
    Kind kind = Kind::user;
    std::string name;  ///< a name or a number; the group `*` is everybody
    Grants grants;
    std::optional<std::uint64_t> rate = std::nullopt;  ///< events a second, for each user by itself
};

struct AccessOptions {
    std::vector<AccessRule> rules;
    std::vector<Token> tokens;
};

/// A principal, and how long it stands for its peer: until the rules change, or names and groups have to be
/// asked for again.
struct Pass {
    std::shared_ptr<const Principal> principal;  ///< of all connections of a peer
    std::uint64_t generation = 0;
    core::SteadyTime until{};
};

/// Who gets what: root and the daemon's own user may all, whatever rows say. Else the first row for the user
/// counts, else the first row for one of its groups. Else the default: members of the group `tocsin` may
/// emit, read and operate, every other local user may emit. Thread rule: any thread. Names and groups are
/// asked for once a minute at most per peer.
class Access {
 public:
    Access(const core::Clock& clock, Hash sha256, AccessOptions options = {});

    /// Throws `unavailable` when the user database can't be asked.
    Pass pass(const Peer& peer);
    /// For who shows a bearer token; a pass without a principal when no row has it.
    Pass pass(std::string_view token);

    bool holds(const Pass& pass, core::SteadyTime now) const noexcept {
        return pass.generation == generation_.load(std::memory_order_acquire) && now < pass.until;
    }

    /// Takes other rules. Who is connected gets its new rights with the next request.
    void reconfigure(AccessOptions options);

 private:
    Principal look_up(const Peer& peer);
    void take_tokens();
    std::shared_ptr<RateLimit> limit_of(const event::Author& author, std::optional<std::uint64_t> rate);

    const core::Clock& clock_;
    Hash sha256_;
    std::atomic<std::uint64_t> generation_{1};
    std::mutex mutex_;  // guards what follows
    AccessOptions options_;
    std::map<std::pair<uid_t, gid_t>, Pass> known_;
    std::vector<std::shared_ptr<const Principal>> token_owners_;  // in the order of the tokens
    std::map<std::string, std::shared_ptr<RateLimit>> limits_;    // by author; a reload gives no new room
};

}  // namespace tocsin::daemon::api
