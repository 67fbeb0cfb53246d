// SPDX-License-Identifier: Apache-2.0
// What may stand in a field. `field` is its name in messages, such as `the SSID`; values that may be secret
// are not repeated in messages. All throw `Error`: `too_large` for what is too long, `invalid` for the rest.
// Every function here may be called from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::qr::payload {

/// Throws `Error` (`invalid`).
[[noreturn]] void refuse(const std::string& what, std::string hint);

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
constexpr bool is_hexadecimal_digit(char c) noexcept {
    return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/// True when there is at least one character, and all are digits.
bool is_number(std::string_view text) noexcept;

/// ASCII letters as capitals.
std::string capitals(std::string_view text);

/// Without these characters.
std::string without(std::string_view text, std::string_view characters);

/// Code points of UTF-8.
std::size_t characters_in(std::string_view text) noexcept;

enum class Lines { one, many };

/// UTF-8 without control characters; with `Lines::many` line ends and tabs may be in it.
void require_text(const std::string& field, std::string_view text, Lines lines = Lines::one);

/// As `require_text`, and not empty.
void require_some(const std::string& field, std::string_view text);

/// At most so many characters.
void require_at_most(const std::string& field, std::string_view text, std::size_t limit);

/// An absolute URI (RFC 3986, section 3) as far as its characters tell; letters beyond ASCII may stay.
void require_url(const std::string& field, std::string_view url);

/// A mail address (RFC 5322, section 3.4.1, with the letters of RFC 6532): dot-atoms on both sides, no quoted
/// local part and no address literal. At most 64 and 255 bytes (RFC 5321, section 4.5.3.1).
void require_mail_address(const std::string& field, std::string_view address);

}  // namespace tocsin::qr::payload
