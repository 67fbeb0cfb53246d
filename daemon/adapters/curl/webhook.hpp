// SPDX-License-Identifier: Apache-2.0
// Signatures as Standard Webhooks 1.0.0 has them. Thread rule: any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/timestamp.hpp"
#include "daemon/api/token.hpp"

namespace tocsin::daemon::curl {

/// HMAC-SHA256 of bytes with a key; the composition root brings the library for it.
using Hmac = std::function<api::Digest(std::string_view key, std::string_view bytes)>;

/// A symmetric signing key. It is not for printing.
class Secret {
 public:
    /// Reads `whsec_` and the base64 of 24 to 64 bytes. Throws `invalid`, without the text.
    static Secret parse(std::string_view text);

    const std::string& key() const noexcept { return key_; }

 private:
    explicit Secret(std::string key) : key_(std::move(key)) {}
    std::string key_;
};

/// Two while one takes the other's place.
inline constexpr std::size_t max_secrets = 2;

/// Throws `invalid` when one is broken or there are too many.
std::vector<Secret> parse_secrets(std::span<const std::string> texts);

/// The value of `webhook-signature`: `v1,BASE64` of each secret, with a space between.
std::string signatures(std::string_view id, core::Timestamp time, std::string_view body,
                       std::span<const Secret> secrets, const Hmac& hmac);

/// Seconds since 1970, as `webhook-timestamp` has them and the signature covers them.
std::string unix_seconds(core::Timestamp time);

}  // namespace tocsin::daemon::curl
