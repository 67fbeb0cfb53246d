// SPDX-License-Identifier: Apache-2.0
// The part of a session that tells whose request it is.
#include <utility>

#include <algorithm>

#include "daemon/adapters/http/incoming.hpp"
#include "daemon/adapters/http/session.hpp"

namespace tocsin::daemon::http {
namespace {

/// A proxy may add a line of its own to those that came: the last one is its word.
template <class Message>
std::string_view last_field(const Message& message, std::string_view name) {
    std::string_view value;
    const auto [first, end] = message.equal_range({name.data(), name.size()});
    for (auto field = first; field != end; ++field) value = view(field->value());
    return value;
}

}  // namespace

/// Rights may change while a connection is open. Throws `unavailable` when they can't be told.
void Session::renew_pass(core::SteadyTime now) {
    if (loop_.access().holds(pass_, now)) return;
    pass_ = visit_.door == api::Door::tcp ? loop_.access().pass(token_) : loop_.access().pass(visit_.peer);
}

/// Whose request it is: at the local socket the peer's, over TCP the owner's of the token that it brings.
/// Throws `Unauthenticated` when the route asks for a right and there is no such owner.
void Session::identify(const Incoming& incoming, const api::Route& route) {
    if (visit_.door != api::Door::tcp) return renew_pass(started_);
    const auto& message = incoming.parser.get();
    visit_.address = loop_.tcp().client(from_.value(), last_field(message, "X-Forwarded-For")).text();
    const auto token = api::bearer_token(view(message[boost::beast::http::field::authorization]));
    token_ = token.value_or("");
    pass_ = loop_.access().pass(token_);
    if (pass_.principal || route.scope == api::Scope::none) return;
    using Token = api::Unauthenticated::Token;
    const api::Unauthenticated error(token ? Token::unknown : Token::missing);
    const std::string what = std::string(name_of(route.method)) + " " + std::string(route.path);
    loop_.audit().refused({.cause = api::Refusal::Cause::token,
                           .visit = visit_,
                           .who = api::nobody,
                           .what = what,
                           .right = route.scope,
                           .error = error});
    throw api::Unauthenticated(error);
}

/// Strangers may not send a long body: its bytes would be kept until the last one is there.
std::optional<Session::Fault> Session::object_to(const Incoming& incoming) {
    if (visit_.door != api::Door::tcp) return std::nullopt;
    const auto& message = incoming.parser.get();
    const api::Match match =
        api::match(view(message.method_string()), Target::of(view(message.target())).path);
    try {
        if (match.route != nullptr) identify(incoming, *match.route);
    } catch (const api::Unauthenticated& error) {
        return Fault::of(error);
    }
    return std::nullopt;
}

}  // namespace tocsin::daemon::http
