// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/token.hpp"

#include <algorithm>

#include "common/core/error.hpp"

namespace tocsin::daemon::api {
namespace {

using core::Code;
using core::Error;

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t max_name_bytes = 64;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_word(char c) noexcept {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

Digest parse_digest(std::string_view hex) {
    Digest digest{};
    const auto value = [&](std::size_t place) { return hex_digits.find(lower(hex[place])); };
    bool good = hex.size() == 2 * digest.size();
    for (std::size_t i = 0; good && i < digest.size(); ++i) {
        const std::size_t high = value(2 * i);
        const std::size_t low = value(2 * i + 1);
        good = high < hex_digits.size() && low < hex_digits.size();
        digest[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    if (!good)
        throw Error(Code::invalid, "this is no SHA-256 in 64 hexadecimal digits",
                    "'tocsin token new' prints a token with its digest");
    return digest;
}

std::string to_hex(const Digest& digest) {
    std::string hex;
    for (const std::uint8_t byte : digest) {
        hex += hex_digits[unsigned{byte} / 16];
        hex += hex_digits[unsigned{byte} % 16];
    }
    return hex;
}

bool are_equal(const Digest& one, const Digest& other) noexcept {
    unsigned difference = 0;
    for (std::size_t i = 0; i < one.size(); ++i) difference |= unsigned{one[i]} ^ unsigned { other[i] };
    return difference == 0;
}

std::string checked_token_name(std::string_view name) {
    if (name.empty() || name.size() > max_name_bytes || !std::ranges::all_of(name, is_word))
        throw Error(Code::invalid, "'" + std::string(name) + "' is no name for a token",
                    "use 1 to 64 letters, digits, '.', '_' and '-'");
    return std::string(name);
}

std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() < scheme.size()) return std::nullopt;
    const auto same = [](char want, char have) { return lower(have) == want; };
    if (!std::equal(scheme.begin(), scheme.end(), authorization.begin(), same)) return std::nullopt;
    authorization.remove_prefix(
        std::min(authorization.find_first_not_of(' ', scheme.size()), authorization.size()));
    return authorization;
}

}  // namespace tocsin::daemon::api
