// SPDX-License-Identifier: Apache-2.0
// What must be known of a TrueType font before text is set in it: which characters it has, and their widths.
// Thread rule: any number of threads may read it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::qr::drawing {

/// The characters of UTF-8 text. Throws `Error` (`invalid`) when it is not UTF-8.
std::u32string characters_of(std::string_view text);
/// The inverse.
std::string utf8_of(std::u32string_view characters);

/// Lengths in ems: of a font 10 points large, an em is 10 points.
class Typeface {
 public:
    /// Throws `Error`: `not_found` when there is no such file, `invalid` when it is no TrueType font with a
    /// table of Unicode characters.
    static Typeface read(const std::string& file);

    /// Only characters of the Basic Multilingual Plane (up to U+FFFF) can be in it.
    bool has(char32_t character) const noexcept { return glyph_of(character) != 0; }

    double width(char32_t character) const noexcept { return width_of(glyph_of(character)); }
    double width(std::u32string_view text) const noexcept;

    double ascent() const noexcept { return ascent_; }    ///< above the base line
    double descent() const noexcept { return descent_; }  ///< below it

 private:
    class Reader;
    /// Characters that follow each other and have a glyph each.
    struct Range {
        std::uint16_t first;
        std::vector<std::uint16_t> glyphs;  // 0: the font lacks it
    };

    std::uint16_t glyph_of(char32_t character) const noexcept;
    double width_of(std::uint16_t glyph) const noexcept;

    std::vector<Range> ranges_;   // by their first character
    std::vector<double> widths_;  // by glyph; those behind the last have the width of the last
    double ascent_ = 0;
    double descent_ = 0;
};

}  // namespace tocsin::qr::drawing
