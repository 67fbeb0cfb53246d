// SPDX-License-Identifier: Apache-2.0
// Symbols as the program qrencode makes them: segments by libqrencode's own greedy choice, no ECI, and the
// level as asked for. Every function here may be called from any thread.
#pragma once

#include <string_view>
#include <vector>

#include "common/qr/encoding/symbol.hpp"

namespace tocsin::qr::encoding {

/// How a text becomes segments.
enum class Cut {
    greedy,   ///< each run in the mode that libqrencode takes for it
    one_byte  ///< all of it in one segment of bytes, as it is
};

enum class Case {
    kept,
    capitals  ///< `a` to `z` become `A` to `Z`, which take less room; not within a kanji
};

/// Whether a text that the version asked for does not hold may have a higher one.
enum class Growth { allowed, refused };

struct GreedyOptions {
    Level level = Level::low;
    Family family = Family::qr;
    int version = 0;  ///< the least one; 0: the family's first
    Growth growth = Growth::allowed;
    Cut cut = Cut::greedy;
    Case letters = Case::kept;
    Kanji kanji = Kanji::off;  ///< on: the text is Shift JIS, and kanji mode is used
};

/// The symbol that libqrencode makes of these bytes. With `Cut::greedy` a text that has a NUL byte becomes
/// one segment of bytes nevertheless: libqrencode would stop there. Throws `Error`: `invalid` when the text
/// is empty or an option makes no sense, `too_large` when no version that is allowed holds it.
Symbol encode_greedy(std::string_view text, const GreedyOptions& options);

/// Structured append (ISO/IEC 18004:2015, section 8): as many symbols of exactly `options.version`, which
/// must be given, as the text takes, 1 to 16. Throws `Error` as `encode_greedy`, and `invalid` for Micro QR
/// codes.
std::vector<Symbol> encode_greedy_parts(std::string_view text, const GreedyOptions& options);

}  // namespace tocsin::qr::encoding
