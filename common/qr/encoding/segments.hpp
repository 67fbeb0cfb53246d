// SPDX-License-Identifier: Apache-2.0
// A text cut into segments of one mode each, so that it takes the fewest bits.
// Every function here may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/qr/encoding/version.hpp"

namespace tocsin::qr::encoding {

struct Segment {
    Mode mode = Mode::byte;
    std::string data{};          ///< as the symbol holds it: kanji in Shift JIS, two bytes each
    std::size_t characters = 0;  ///< as its header counts them

    friend bool operator==(const Segment&, const Segment&) = default;
};

/// Bits of all segments with their headers (ISO/IEC 18004:2015, section 7.4); nothing when the version lacks
/// a mode, or a header can't count that far.
std::optional<std::size_t> bits_of(std::span<const Segment> segments, Version version) noexcept;

/// Whether characters beyond ASCII are written in kanji mode. Decoders read such segments as Shift JIS
/// whatever an ECI says, and text beside them as they guess: a text has either kanji or an ECI.
enum class Kanji { off, on };

/// What a segment is made of: one byte, or one kanji.
struct Unit {
    std::uint16_t shift_jis = 0;  ///< of a kanji; 0 for a byte
    std::uint8_t bytes = 1;       ///< of the text
    char byte = 0;
};

/// A text as the units that segments are made of.
class Units {
 public:
    /// Every byte for itself, or with `Kanji::on` every character; then the text must be one that has a form
    /// in kanji mode, see `has_kanji_form`. Throws `Error` (`internal`) when it is not.
    Units(std::string_view text, Kanji kanji);

    std::span<const Unit> all() const noexcept { return units_; }

 private:
    std::vector<Unit> units_;
};

/// True when it is not all ASCII, kanji mode has every character beyond ASCII, and all decoders agree on
/// each.
bool has_kanji_form(std::string_view text);

/// The segments that take the fewest bits in a symbol of this version: exact, by dynamic programming over the
/// modes. Nothing when the version lacks a mode for some unit.
std::optional<std::vector<Segment>> segment(std::span<const Unit> units, Version version);

/// How many units from the start fit into so many bits of a symbol of this version.
std::size_t count_that_fit(std::span<const Unit> units, Version version, std::size_t bits);

}  // namespace tocsin::qr::encoding
