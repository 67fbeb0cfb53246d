// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/grants.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/core/error.hpp"

namespace tocsin::daemon::api {
namespace {

using core::Code;
using core::Error;

constexpr std::array<std::string_view, 5> scope_names{"none", "emit", "read", "operate", "admin"};

bool may_be_limited(Scope scope) noexcept { return scope == Scope::emit || scope == Scope::read; }

Scope scope_named(std::string_view name, std::string_view text) {
    const auto found = std::find(scope_names.begin() + 1, scope_names.end(), name);
    if (found != scope_names.end()) return static_cast<Scope>(found - scope_names.begin());
    throw Error(Code::invalid, "'" + std::string(text) + "' is no right",
                "write emit, emit:PATTERN, read, read:PATTERN, operate or admin");
}

}  // namespace

std::string_view name_of(Scope scope) noexcept { return scope_names[static_cast<std::size_t>(scope)]; }

Grant Grant::parse(std::string_view text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const Scope scope = scope_named(text.substr(0, colon), text);
    if (colon == text.size()) return {scope, std::nullopt};
    if (!may_be_limited(scope))
        throw Error(Code::invalid, "'" + std::string(text) + "': this right can't be limited to types",
                    "write '" + std::string(name_of(scope)) + "'");
    return {scope, event::TopicPattern::parse(text.substr(colon + 1))};
}

std::string Grant::text() const {
    std::string text(name_of(scope_));
    return pattern_ ? text.append(":").append(pattern_->text()) : text;
}

Grants::Grants(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope, std::nullopt);
    settle();
}

Grants::Grants(const std::vector<Grant>& list) {
    for (const Grant& grant : list) add(grant.scope(), grant.pattern());
    settle();
}

void Grants::add(Scope scope, const std::optional<event::TopicPattern>& pattern) {
    some_ |= bit(scope);
    if (!pattern)
        whole_ |= bit(scope);
    else
        (scope == Scope::emit ? emit_limits_ : read_limits_).push_back(*pattern);
}

/// A right that is there without a limit needs no list of types.
void Grants::settle() {
    if (has(Scope::admin))
        some_ = whole_ = bit(Scope::emit) | bit(Scope::read) | bit(Scope::operate) | bit(Scope::admin);
    if (has_whole(Scope::emit)) emit_limits_.clear();
    if (has_whole(Scope::read)) read_limits_.clear();
}

bool Grants::covers(Scope scope, std::string_view type) const noexcept {
    return has_whole(scope) || (has(scope) && event::any_matches(limits(scope), type));
}

const eventlog::Patterns& Grants::limits(Scope scope) const noexcept {
    return scope == Scope::emit ? emit_limits_ : read_limits_;
}

}  // namespace tocsin::daemon::api
