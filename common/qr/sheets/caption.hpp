// SPDX-License-Identifier: Apache-2.0
// A caption set into the room beside or below a code.
// Every function here may be called from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/qr/drawing/typeface.hpp"

namespace tocsin::qr::sheets {

/// Sizes of letters in points. Smaller ones can't be read on paper.
inline constexpr double largest_letters = 10;
inline constexpr double smallest_letters = 5;
/// Of a caption.
inline constexpr std::size_t most_lines = 6;

/// Lines of UTF-8 text.
struct Caption {
    std::vector<std::string> lines{};
    double size = largest_letters;                   ///< points
    enum class End { whole, cut } end = End::whole;  ///< cut: the last line ends in an ellipsis
};

/// From one base line to the next, in points.
double line_height(const drawing::Typeface& face, double size) noexcept;

/// As large as the room allows, on three lines or up to six in narrow rooms: broken between words and between
/// the parts of an address; where that is not enough within words; at last cut, in the smallest letters. Line
/// ends of the text stay. Letters run from left to right as they come, without joining or reordering: right
/// for Latin, Greek and Cyrillic, not for Arabic. Throws `Error` (`invalid`) when the text is not UTF-8, and
/// with the characters that the font lacks: a label with boxes in place of letters would only be seen when it
/// is printed.
Caption set_caption(std::string_view text, const drawing::Typeface& face, double width_points,
                    double height_points);

}  // namespace tocsin::qr::sheets
