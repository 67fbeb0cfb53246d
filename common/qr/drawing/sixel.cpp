// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/sixel.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "common/qr/drawing/raster.hpp"

namespace tocsin::qr::drawing {
namespace {

constexpr int band_height = 6;
constexpr std::uint8_t no_pixels = 0;
constexpr std::size_t longest_run = 32'767;  // the largest number that DEC's terminals take

/// For each shade, the pixels of a band that have it: a byte for each column, its lowest bit the uppermost.
using Band = std::array<std::vector<std::uint8_t>, shade_count>;

std::string percent(std::uint8_t part) { return std::to_string((part * 100 + 127) / 255); }

/// Pixels as high as wide, what is not drawn left as it is; then the sizes and the registers.
std::string header(const Shades& shades, Shape shape, int side) {
    const std::string number = std::to_string(side);
    std::string out = "\x1bP0;1;0q\"1;1;" + number + ';' + number;
    for (std::size_t i = 0; i < shade_count; ++i) {
        if (shape == Shape::square && i != lightest && i != darkest) continue;
        out += '#' + std::to_string(i) + ";2;" + percent(shades[i].red) + ';' + percent(shades[i].green) +
               ';' + percent(shades[i].blue);
    }
    return out;
}

Band empty_band(int side) {
    Band band;
    for (auto& columns : band) columns.resize(static_cast<std::size_t>(side));
    return band;
}

void fill(Band& band, ShadeRows& rows, int top, int side) {
    for (auto& columns : band) std::fill(columns.begin(), columns.end(), no_pixels);
    for (int y = top; y < std::min(top + band_height, side); ++y) {
        const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(y - top));
        const auto row = rows.row(y);
        for (std::size_t x = 0; x < row.size(); ++x) band[row[x]][x] |= bit;
    }
}

/// The same character over and over: `!` and a number in front of it where that is shorter.
void append_run(std::string& out, std::uint8_t pixels, std::size_t length) {
    const char character = static_cast<char>('?' + pixels);
    for (; length > longest_run; length -= longest_run)
        out.append("!").append(std::to_string(longest_run)) += character;
    if (length > 3)
        out.append("!").append(std::to_string(length)) += character;
    else
        out.append(length, character);
}

void append_columns(std::string& out, const std::vector<std::uint8_t>& columns) {
    for (auto run = columns.begin(); run != columns.end();) {
        const auto end = std::find_if(run, columns.end(), [&](std::uint8_t other) { return other != *run; });
        if (end != columns.end() || *run != no_pixels)
            append_run(out, *run, static_cast<std::size_t>(end - run));
        run = end;
    }
}

/// Each shade over the whole width, going back to the left (`$`) in between.
void append_band(std::string& out, const Band& band) {
    const char* separator = "";
    for (std::size_t i = 0; i < shade_count; ++i) {
        if (std::ranges::all_of(band[i], [](std::uint8_t pixels) { return pixels == no_pixels; })) continue;
        out.append(separator).append("#").append(std::to_string(i));
        append_columns(out, band[i]);
        separator = "$";
    }
}

}  // namespace

std::string to_sixel(const Picture& picture, const Scale& scale) {
    const Grid grid = grid_of(picture, scale);
    ShadeRows rows(picture, grid);
    std::string out = header(opaque_shades_of(picture.style()), picture.style().shape, grid.side);
    Band band = empty_band(grid.side);
    for (int top = 0; top < grid.side; top += band_height) {
        if (top > 0) out += '-';
        fill(band, rows, top, grid.side);
        append_band(out, band);
    }
    return out + "\x1b\\\n";
}

}  // namespace tocsin::qr::drawing
