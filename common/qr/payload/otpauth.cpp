// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/otpauth.hpp"

#include <algorithm>
#include <string_view>

#include "common/qr/payload/checks.hpp"
#include "common/qr/payload/escaping.hpp"

namespace tocsin::qr::payload {
namespace {

constexpr std::uint64_t default_digits = 6;
constexpr std::uint64_t default_period_seconds = 30;
constexpr std::uint64_t max_period_seconds = 86'400;

/// Padding is not written: it would have to be escaped, and apps do without.
std::string checked_secret(const std::string& written) {
    std::string secret = capitals(without(written, " -"));
    secret.erase(secret.find_last_not_of('=') + 1);
    if (secret.empty()) refuse("the secret is empty", "give it in base32");
    const auto wrong =
        std::ranges::find_if(secret, [](char c) { return !is_letter(c) && (c < '2' || c > '7'); });
    if (wrong != secret.end())
        refuse("the secret is not base32: its character " + std::to_string(wrong - secret.begin() + 1) +
                   " is neither a letter nor a digit from 2 to 7",
               "give the secret as the service shows it, in base32");
    const std::size_t rest = secret.size() % 8;
    if (rest == 1 || rest == 3 || rest == 6)
        refuse("the secret is not base32: no bytes become " + std::to_string(secret.size()) + " characters",
               "look for a missing character");
    return secret;
}

void require_name(const std::string& field, const std::string& name) {
    require_text(field, name);
    if (name.find(':') != std::string::npos)
        refuse(field + " '" + name + "' has a colon, which divides issuer and account", "leave it out");
}

std::string_view name_of(OtpHash hash) noexcept {
    return hash == OtpHash::sha256 ? "SHA256" : hash == OtpHash::sha512 ? "SHA512" : "SHA1";
}

void check(const Otp& otp) {
    if (otp.account.empty()) refuse("the account is empty", "give the user's name or mail address");
    require_name("the account", otp.account);
    require_name("the issuer", otp.issuer);
    if (otp.digits < 6 || otp.digits > 8)
        refuse(std::to_string(otp.digits) + " digits are not from 6 to 8", "give 6, 7 or 8");
    const std::uint64_t period = otp.period.value_or(default_period_seconds);
    if (period < 1 || period > max_period_seconds)
        refuse("a period of " + std::to_string(period) + " seconds is not from 1 to 86400",
               "give the seconds for which a password is valid");
    if (otp.kind == OtpKind::hotp && otp.period)
        refuse("passwords by counter (hotp) have no period", "leave it out, or choose totp");
    if (otp.kind == OtpKind::totp && otp.counter)
        refuse("passwords by time (totp) have no counter", "leave it out, or choose hotp");
    if (otp.kind == OtpKind::hotp && !otp.counter)
        refuse("passwords by counter (hotp) need a counter", "give the next one to use, as 0");
}

}  // namespace

Payload to_payload(const Otp& otp) {
    check(otp);
    const std::string secret = checked_secret(otp.secret);
    std::string text = otp.kind == OtpKind::totp ? "otpauth://totp/" : "otpauth://hotp/";
    if (!otp.issuer.empty()) text += percent_encoded(otp.issuer) + ':';
    text += percent_encoded(otp.account, "@") + "?secret=" + secret;
    if (!otp.issuer.empty()) text += "&issuer=" + percent_encoded(otp.issuer);
    if (otp.hash != OtpHash::sha1) (text += "&algorithm=") += name_of(otp.hash);
    if (otp.digits != default_digits) text += "&digits=" + std::to_string(otp.digits);
    if (otp.period && *otp.period != default_period_seconds) text += "&period=" + std::to_string(*otp.period);
    if (otp.counter) text += "&counter=" + std::to_string(*otp.counter);
    return {text};
}

}  // namespace tocsin::qr::payload
