// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/principal.hpp"

#include <algorithm>

namespace tocsin::daemon::api {
namespace {

bool is_token(const Principal& principal) { return principal.author.kind == "api_key"; }

core::Error denied(const Principal& principal, const std::string& what) {
    return {core::Code::denied, principal.title() + " " + what,
            is_token(principal) ? "ask an administrator to allow more in its [[token]]"
                                : "join the group 'tocsin', or ask an administrator for a row in [[access]]"};
}

TooFast too_fast(const Principal& principal, std::chrono::nanoseconds wait) {
    const std::string rate = std::to_string(principal.rate->per_second());
    return {principal.title() + " is over its rate of " + rate + " events a second",
            std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(wait))};
}

std::string right(Scope scope) { return "the right '" + std::string(name_of(scope)) + "'"; }

}  // namespace

TooFast::TooFast(const std::string& what, std::chrono::seconds retry_after)
    : Error(
          Error::unavailable(core::Reason::rate, what,
                             "try again in " + std::to_string(retry_after.count()) + " s, and more slowly")),
      retry_after_(retry_after) {}

std::string Principal::title() const { return (is_token(*this) ? "token '" : "user '") + author.name + "'"; }

void Principal::require(Scope scope) const {
    if (!grants.has(scope)) throw denied(*this, "lacks " + right(scope));
}

void Principal::require_whole(Scope scope) const {
    require(scope);
    if (!grants.has_whole(scope)) throw denied(*this, "has " + right(scope) + " for some types only");
}

void Principal::require(Scope scope, std::string_view type) const {
    if (!grants.covers(scope, type))
        throw denied(*this, "lacks " + right(scope) + " for type '" + std::string(type) + "'");
}

void Principal::require_room(const core::Clock& clock) const {
    if (!rate) return;
    if (const auto wait = rate->wait(clock.steady()); wait.count() > 0) throw too_fast(*this, wait);
}

void Principal::take_room(std::size_t events, const core::Clock& clock) const {
    if (!rate) return;
    if (const auto wait = rate->take(events, clock.steady()); wait.count() > 0) throw too_fast(*this, wait);
}

}  // namespace tocsin::daemon::api
