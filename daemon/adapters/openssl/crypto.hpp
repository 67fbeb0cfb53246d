// SPDX-License-Identifier: Apache-2.0
// Digests and random numbers from OpenSSL's libcrypto. Thread rule: any thread.
#pragma once

#include <string>
#include <string_view>

#include "daemon/api/token.hpp"

namespace tocsin::daemon::openssl {

api::Digest sha256(std::string_view bytes);

/// A message authentication code (RFC 2104).
api::Digest hmac_sha256(std::string_view key, std::string_view bytes);

/// `tcs_` and 43 characters of base64url (RFC 4648, section 5, without padding): 256 random bits, from the
/// system. Throws `internal` when there are none to be had.
std::string new_token();

}  // namespace tocsin::daemon::openssl
