// SPDX-License-Identifier: Apache-2.0
// What bytes may stand in a text: UTF-8 (RFC 3629) and CloudEvents' rule for attribute values.
#pragma once

#include <cstddef>
#include <string_view>

namespace tocsin::core {

/// True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text) noexcept;

/// How many bytes from the start are well-formed UTF-8.
std::size_t valid_utf8_bytes(std::string_view text) noexcept;

/// True when well-formed UTF-8 without control characters (CloudEvents 1.0, section 3.1, type String).
bool is_printable_utf8(std::string_view text) noexcept;

}  // namespace tocsin::core
