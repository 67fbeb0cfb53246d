// SPDX-License-Identifier: Apache-2.0
// The secret of a one-time password generator, as authenticator apps read it (Key Uri Format of the Google
// Authenticator wiki).
// May be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/qr/payload/payload.hpp"

namespace tocsin::qr::payload {

enum class OtpKind {
    totp,  ///< by time, RFC 6238
    hotp,  ///< by counter, RFC 4226
};

enum class OtpHash { sha1, sha256, sha512 };

/// What apps assume anyway is left out of the text.
struct Otp {
    OtpKind kind = OtpKind::totp;
    std::string
        secret;  ///< base32 (RFC 4648, section 6); spaces, `-`, `=` and the case of letters do not count
    std::string account;   ///< without a colon
    std::string issuer{};  ///< without a colon; may be empty
    OtpHash hash = OtpHash::sha1;
    std::uint64_t digits = 6;                ///< 6 to 8
    std::optional<std::uint64_t> period{};   ///< seconds, 1 to 86400; for `totp`; 30 when not set
    std::optional<std::uint64_t> counter{};  ///< for `hotp`, which must have it
};

/// Throws `Error` (`invalid`); its message never has the secret.
Payload to_payload(const Otp& otp);

}  // namespace tocsin::qr::payload
