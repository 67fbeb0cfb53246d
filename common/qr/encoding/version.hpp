// SPDX-License-Identifier: Apache-2.0
// Versions and error correction levels, and what they hold (ISO/IEC 18004:2015, tables 1, 2, 3 and 7).
// Every function here may be called from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::qr::encoding {

/// Error correction level: about 7, 15, 25 and 30 % of the code may be damaged.
enum class Level { low, medium, quartile, high };

/// The letter that ISO/IEC 18004 gives a level: L, M, Q or H.
char letter_of(Level level) noexcept;

/// The inverse of `letter_of`, in either case; nothing when the word is not a level.
std::optional<Level> level_named(std::string_view letter) noexcept;

/// How characters become bits.
enum class Mode { numeric, alphanumeric, byte, kanji };

/// `numeric`, `alphanumeric`, `byte` or `kanji`.
std::string_view name_of(Mode mode) noexcept;

/// QR Code (versions 1 to 40) or Micro QR Code (M1 to M4).
enum class Family { qr, micro };

/// The newest version of a family: 40 or 4.
int last_version(Family family) noexcept;

/// Light modules that must surround a symbol on every side (section 5.3.8): 4, or 2 around a Micro QR code.
int quiet_zone_modules(Family family) noexcept;

/// The size of a symbol. `number` is 1 to 40, or 1 to 4 for Micro QR.
struct Version {
    Family family = Family::qr;
    int number = 1;

    friend bool operator==(const Version&, const Version&) = default;
};

/// `7`, or `M3`.
std::string to_string(Version version);

/// Modules on a side: 21 to 177, or 11 to 17.
int size_of(Version version) noexcept;

/// Bits for segments, their headers and the terminator; 0 when the version does not have this level.
/// M1 has no levels: it detects errors only, and stands under L.
std::size_t data_bits(Version version, Level level) noexcept;

/// Bits of error correction codewords in the blocks of a symbol, in the order of the blocks, and how many
/// data codewords each has (table 9).
struct Blocks {
    int count = 0;            ///< of all blocks
    int longer = 0;           ///< of these, the last ones, which have one data codeword more
    int data_codewords = 0;   ///< in a block that is not longer
    int error_codewords = 0;  ///< in each block
};
Blocks blocks_of(Version version, Level level) noexcept;

/// Bits of a segment's header; nothing when the version does not have this mode.
struct HeaderBits {
    int indicator = 0;
    int count = 0;  ///< of the field that tells the number of characters
};
std::optional<HeaderBits> header_bits(Version version, Mode mode) noexcept;

}  // namespace tocsin::qr::encoding
