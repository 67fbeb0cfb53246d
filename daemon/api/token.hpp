// SPDX-License-Identifier: Apache-2.0
// Bearer tokens: the daemon knows their digests only.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/api/grants.hpp"

namespace tocsin::daemon::api {

/// A SHA-256.
using Digest = std::array<std::uint8_t, 32>;
/// Makes one; the composition root brings the library for it.
using Hash = std::function<Digest(std::string_view)>;

/// 64 hexadecimal digits. Throws `invalid`.
Digest parse_digest(std::string_view hex);
std::string to_hex(const Digest& digest);

/// Takes the same time whatever they hold.
bool are_equal(const Digest& one, const Digest& other) noexcept;

/// A token's name stands for its owner in events and logs: 1 to 64 of letters, digits, `.`, `_` and `-`.
/// Returns it, or throws `invalid`.
std::string checked_token_name(std::string_view name);

/// A `[[token]]` row.
struct Token {
    std::string name;
    Digest sha256{};
    Grants grants;
    std::optional<std::uint64_t> rate = std::nullopt;  ///< events a second
};

/// The token in an `Authorization` header (RFC 6750, section 2.1); nothing when it has another scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept;

}  // namespace tocsin::daemon::api
