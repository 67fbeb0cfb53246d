// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/access.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "daemon/api/user_database.hpp"

namespace tocsin::daemon::api {
namespace {

using Kind = AccessRule::Kind;

constexpr const char* operators_group = "tocsin";
constexpr std::string_view everybody = "*";
constexpr std::size_t max_known = 1024;
constexpr std::chrono::seconds keep_names{60};

/// A peer with what the user database says of it. Groups are asked for when a row needs them.
class Known {
 public:
    explicit Known(const Peer& peer) : peer_(peer), name_(user_name(peer.uid)) {}

    const std::string& name() const noexcept { return name_; }

    bool is(const AccessRule& rule) {
        if (rule.kind == Kind::group) return rule.name == everybody || is_in(rule.name);
        return rule.name == name_ || core::parse_number<uid_t>(rule.name) == peer_.uid;
    }

    bool is_in(const std::string& group) {
        const auto number = core::parse_number<gid_t>(group);
        const std::optional<gid_t> id = number ? number : group_id(group);
        if (!id) return false;
        if (groups_.empty()) groups_ = groups_of(name_, peer_.gid);
        return std::ranges::find(groups_, *id) != groups_.end();
    }

 private:
    Peer peer_;
    std::string name_;
    std::vector<gid_t> groups_;
};

bool is_there(const AccessRule& rule) {
    if (rule.name == everybody || core::parse_number<uid_t>(rule.name)) return true;
    return rule.kind == Kind::user ? user_id(rule.name).has_value() : group_id(rule.name).has_value();
}

/// A row may stand before its user is made: it is no mistake, but perhaps a slip of the pen.
void warn_of_unknown_names(const std::vector<AccessRule>& rules) {
    for (const AccessRule& rule : rules) {
        try {
            if (is_there(rule)) continue;
            spdlog::warn("[[access]] names the {} '{}', which is not there (yet)",
                         rule.kind == Kind::user ? "user" : "group", rule.name);
        } catch (const core::Error& error) {
            spdlog::warn("[[access]] could not be held against the user database: {}", error.what());
        }
    }
}

/// The row that counts: rows for users come before rows for groups.
const AccessRule* rule_for(Known& peer, const std::vector<AccessRule>& rules) {
    for (const Kind kind : {Kind::user, Kind::group})
        for (const AccessRule& rule : rules)
            if (rule.kind == kind && peer.is(rule)) return &rule;
    return nullptr;
}

}  // namespace

Access::Access(const core::Clock& clock, Hash sha256, AccessOptions options)
    : clock_(clock), sha256_(std::move(sha256)), options_(std::move(options)) {
    warn_of_unknown_names(options_.rules);
    take_tokens();
}

void Access::take_tokens() {
    token_owners_.clear();
    for (const Token& token : options_.tokens) {
        Principal owner{{"api_key", token.name}, token.grants};
        owner.rate = limit_of(owner.author, token.rate);
        token_owners_.push_back(std::make_shared<const Principal>(std::move(owner)));
    }
}

Principal Access::look_up(const Peer& peer) {
    Known known(peer);
    Principal principal{{"user", known.name()}, {}};
    if (peer.uid == 0 || peer.uid == geteuid()) {
        principal.grants = {Scope::admin};
    } else if (const AccessRule* rule = rule_for(known, options_.rules)) {
        principal.grants = rule->grants;
        principal.rate = limit_of(principal.author, rule->rate);
    } else if (known.is_in(operators_group)) {
        principal.grants = {Scope::emit, Scope::read, Scope::operate};
    } else {
        principal.grants = {Scope::emit};
    }
    return principal;
}

std::shared_ptr<RateLimit> Access::limit_of(const event::Author& author, std::optional<std::uint64_t> rate) {
    if (!rate) return nullptr;
    const auto is_unused = [](const auto& entry) { return entry.second.use_count() == 1; };
    if (limits_.size() > max_known) std::erase_if(limits_, is_unused);
    std::shared_ptr<RateLimit>& limit = limits_[author.kind + " " + author.name];
    if (!limit)
        limit = std::make_shared<RateLimit>(*rate, clock_.steady());
    else
        limit->set(*rate, clock_.steady());
    return limit;
}

Pass Access::pass(const Peer& peer) {
    const core::SteadyTime now = clock_.steady();
    const std::lock_guard lock(mutex_);
    if (known_.size() > max_known) known_.clear();
    Pass& pass = known_[{peer.uid, peer.gid}];
    if (!pass.principal || pass.until <= now)
        pass = {std::make_shared<const Principal>(look_up(peer)), generation_, now + keep_names};
    return pass;
}

/// Looks at every token, so that the time tells nothing of which one it is.
Pass Access::pass(std::string_view token) {
    const Digest digest = sha256_(token);
    const std::lock_guard lock(mutex_);
    Pass pass{nullptr, generation_, core::SteadyTime::max()};
    for (std::size_t i = 0; i < options_.tokens.size(); ++i)
        if (are_equal(options_.tokens[i].sha256, digest)) pass.principal = token_owners_[i];
    return pass;
}

void Access::reconfigure(AccessOptions options) {
    warn_of_unknown_names(options.rules);
    const std::lock_guard lock(mutex_);
    options_ = std::move(options);
    known_.clear();
    take_tokens();
    ++generation_;
}

}  // namespace tocsin::daemon::api
