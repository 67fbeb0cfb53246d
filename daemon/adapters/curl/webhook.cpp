// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/curl/webhook.hpp"

#include <chrono>

#include "common/core/error.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::daemon::curl {
namespace {

using core::Code;
using core::Error;

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t least_key_bytes = 24;
constexpr std::size_t most_key_bytes = 64;

}  // namespace

Secret Secret::parse(std::string_view text) {
    const auto key =
        text.starts_with(prefix) ? event::decode_base64(text.substr(prefix.size())) : std::nullopt;
    if (!key || key->size() < least_key_bytes || key->size() > most_key_bytes)
        throw Error(Code::invalid, "the secret is not one of Standard Webhooks",
                    "write whsec_ and the base64 of 24 to 64 random bytes, as "
                    "`echo whsec_$(head -c 32 /dev/urandom | base64)` makes it");
    return Secret(*key);
}

std::vector<Secret> parse_secrets(std::span<const std::string> texts) {
    if (texts.size() > max_secrets)
        throw Error(Code::invalid, "there are more than two secrets",
                    "keep the newest two, the newest first");
    std::vector<Secret> secrets;
    for (const std::string& text : texts) secrets.push_back(Secret::parse(text));
    return secrets;
}

std::string signatures(std::string_view id, core::Timestamp time, std::string_view body,
                       std::span<const Secret> secrets, const Hmac& hmac) {
    std::string content(id);
    ((content += '.') += unix_seconds(time)) += '.';
    content += body;
    std::string list;
    for (const Secret& secret : secrets) {
        const api::Digest digest = hmac(secret.key(), content);
        list += list.empty() ? "v1," : " v1,";
        event::append_base64(std::string(digest.begin(), digest.end()), list);
    }
    return list;
}

std::string unix_seconds(core::Timestamp time) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

}  // namespace tocsin::daemon::curl
