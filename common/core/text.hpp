// SPDX-License-Identifier: Apache-2.0
// What bytes may stand in a text: UTF-8 (RFC 3629), CloudEvents' rule for attribute values; and numbers in
// text.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace tocsin::core {

/// True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text) noexcept;

/// How many bytes from the start are well-formed UTF-8.
std::size_t valid_utf8_bytes(std::string_view text) noexcept;

/// True when well-formed UTF-8 without control characters (CloudEvents 1.0, section 3.1, type String).
bool is_printable_utf8(std::string_view text) noexcept;

/// The text less one line end (LF or CRLF) at its end.
std::string_view without_line_end(std::string_view text) noexcept;

/// `a, b, c`
std::string joined(std::span<const std::string> words);

/// A whole text that is one decimal number of this type, without sign but for a minus.
template <std::integral Number>
std::optional<Number> parse_number(std::string_view text) noexcept {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace tocsin::core
