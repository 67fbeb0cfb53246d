// SPDX-License-Identifier: Apache-2.0
#include "common/qr/encoding/version.hpp"

#include <array>
#include <cstdint>

namespace tocsin::qr::encoding {
namespace {

constexpr std::string_view level_letters = "LMQH";
constexpr std::size_t versions = 40;

template <class Number>
using PerLevel = std::array<std::array<Number, versions>, 4>;

/// Error correction codewords in a block (table 9).
constexpr PerLevel<std::uint8_t> error_codewords{{
    {7,  10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
     28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
    {10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
     26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28},
    {13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30,
     28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
    {17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28,
     30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
}};

/// Blocks in a symbol (table 9).
constexpr PerLevel<std::uint8_t> block_counts{{
    {1, 1, 1, 1,  1,  2,  2,  2,  2,  4,  4,  4,  4,  4,  6,  6,  6,  6,  7,  8,
     8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25},
    {1,  1,  1,  2,  2,  4,  4,  4,  5,  5,  5,  8,  9,  9,  10, 10, 11, 13, 14, 16,
     17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
    {1,  1,  2,  2,  4,  4,  6,  6,  8,  8,  8,  10, 12, 16, 12, 17, 16, 18, 21, 20,
     23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68},
    {1,  1,  2,  4,  4,  4,  5,  6,  8,  8,  11, 11, 16, 16, 18, 16, 19, 21, 25, 25,
     25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81},
}};

/// Data bits and error correction codewords of Micro QR codes (tables 7 and 9); 0: there is no such level.
struct Micro {
    std::array<std::size_t, 4> data_bits;
    std::array<int, 4> error_codewords;
};
constexpr std::array<Micro, 4> micro{{
    {{20, 0, 0, 0}, {2, 0, 0, 0}},
    {{40, 32, 0, 0}, {5, 6, 0, 0}},
    {{84, 68, 0, 0}, {6, 8, 0, 0}},
    {{128, 112, 80, 0}, {8, 10, 14, 0}},
}};

constexpr std::array<std::string_view, 4> mode_names{"numeric", "alphanumeric", "byte", "kanji"};

/// Bits of the character count by mode, for versions 1 to 9, 10 to 26 and 27 to 40 (table 3).
constexpr std::array<std::array<int, 3>, 4> count_bits{{{10, 12, 14}, {9, 11, 13}, {8, 16, 16}, {8, 10, 12}}};

std::size_t place(Level level) noexcept { return static_cast<std::size_t>(level); }
std::size_t place(Version version) noexcept { return static_cast<std::size_t>(version.number - 1); }

/// Data and error correction together: what function patterns, format and version leave (table 1).
int codewords(int version) noexcept {
    int modules = (16 * version + 128) * version + 64;
    if (version >= 2) {
        const int patterns = version / 7 + 2;  // alignment patterns on a side
        modules -= (25 * patterns - 10) * patterns - 55;
    }
    if (version >= 7) modules -= 36;
    return modules / 8;
}

Blocks micro_block(Version version, Level level) noexcept {
    const Micro& row = micro[place(version)];
    if (row.data_bits[place(level)] == 0) return {};
    return {.count = 1,
            .longer = 0,
            .data_codewords = static_cast<int>((row.data_bits[place(level)] + 7) / 8),
            .error_codewords = row.error_codewords[place(level)]};
}

}  // namespace

char letter_of(Level level) noexcept { return level_letters[place(level)]; }

std::optional<Level> level_named(std::string_view letter) noexcept {
    if (letter.size() != 1) return std::nullopt;
    const char upper =
        letter[0] >= 'a' && letter[0] <= 'z' ? static_cast<char>(letter[0] - 'a' + 'A') : letter[0];
    const auto found = level_letters.find(upper);
    if (found == std::string_view::npos) return std::nullopt;
    return static_cast<Level>(found);
}

std::string_view name_of(Mode mode) noexcept { return mode_names[static_cast<std::size_t>(mode)]; }

int last_version(Family family) noexcept { return family == Family::qr ? 40 : 4; }

int quiet_zone_modules(Family family) noexcept { return family == Family::qr ? 4 : 2; }

std::string to_string(Version version) {
    return (version.family == Family::micro ? "M" : "") + std::to_string(version.number);
}

int size_of(Version version) noexcept {
    return version.family == Family::qr ? 17 + 4 * version.number : 9 + 2 * version.number;
}

Blocks blocks_of(Version version, Level level) noexcept {
    if (version.family == Family::micro) return micro_block(version, level);
    const int total = codewords(version.number);
    const int count = block_counts[place(level)][place(version)];
    const int errors = error_codewords[place(level)][place(version)];
    return {.count = count,
            .longer = total % count,
            .data_codewords = total / count - errors,
            .error_codewords = errors};
}

std::size_t data_bits(Version version, Level level) noexcept {
    if (version.family == Family::micro) return micro[place(version)].data_bits[place(level)];
    const Blocks blocks = blocks_of(version, level);
    return static_cast<std::size_t>(blocks.count * blocks.data_codewords + blocks.longer) * 8;
}

std::optional<HeaderBits> header_bits(Version version, Mode mode) noexcept {
    const int number = version.number;
    if (version.family == Family::qr) {
        const std::size_t band = number < 10 ? 0 : number < 27 ? 1 : 2;
        return HeaderBits{.indicator = 4, .count = count_bits[static_cast<std::size_t>(mode)][band]};
    }
    switch (mode) {
        case Mode::numeric: return HeaderBits{.indicator = number - 1, .count = number + 2};
        case Mode::alphanumeric:
            if (number < 2) return std::nullopt;
            return HeaderBits{.indicator = number - 1, .count = number + 1};
        case Mode::byte:
            if (number < 3) return std::nullopt;
            return HeaderBits{.indicator = number - 1, .count = number + 1};
        case Mode::kanji: break;
    }
    if (number < 3) return std::nullopt;
    return HeaderBits{.indicator = number - 1, .count = number};
}

}  // namespace tocsin::qr::encoding
