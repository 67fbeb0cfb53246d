// SPDX-License-Identifier: Apache-2.0
// The part of Shift JIS that kanji mode can write. May be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tocsin::qr::encoding {

/// One character of a text.
struct Character {
    std::uint32_t utf8_bytes = 1;  ///< that it takes in the text
    std::uint16_t shift_jis = 0;   ///< 0 when kanji mode does not have it
};

/// The characters of a text in UTF-8, when each is ASCII or one that kanji mode has: 8140 to 9FFC or E040 to
/// EBBF (ISO/IEC 18004:2015, section 7.4.6), and in JIS X 0208 alike in its Japanese and in its Windows form,
/// so that every decoder agrees on it. Nothing for any other text, nor for one with a backslash or a tilde:
/// beside kanji, decoders take all bytes for Shift JIS, which has a yen sign and an overline there (JIS X
/// 0201).
std::optional<std::vector<Character>> kanji_characters(std::string_view text);

}  // namespace tocsin::qr::encoding
