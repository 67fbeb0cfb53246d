// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/plain_png.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/qr/drawing/png_file.hpp"
#include "common/qr/drawing/raster.hpp"

namespace tocsin::qr::drawing {
namespace {

std::string in_bits(const Picture& picture, const Grid& grid, const Scale& scale) {
    const std::array palette{picture.style().background, picture.style().foreground};
    PngFile file(
        {.side = grid.side, .pixels = PngPixels::palette_bits, .palette = palette, .dpi = scale.dpi});
    BitRows rows(picture, grid, BitRows::Dark::one);
    for (int y = 0; y < grid.side; ++y) file.add_row(rows.row(y));
    return file.finish();
}

void append(const Colour& colour, int pixels, std::vector<std::uint8_t>& row) {
    for (int i = 0; i < pixels; ++i)
        row.insert(row.end(), {colour.red, colour.green, colour.blue, colour.alpha});
}

std::string in_samples(const Picture& picture, const Grid& grid, const Scale& scale) {
    PngFile file({.side = grid.side, .pixels = PngPixels::rgba, .dpi = scale.dpi});
    const Style& style = picture.style();
    std::vector<std::uint8_t> row;
    for (int y = 0; y < grid.side; ++y) {
        const int module = (y - grid.margin) / grid.module;
        row.clear();
        append(style.background, grid.margin, row);
        for (int x = 0; x < picture.across(); ++x)
            append(picture.dark(x, module) ? style.foreground : style.background, grid.module, row);
        append(style.background, grid.side - static_cast<int>(row.size() / 4), row);
        file.add_row(row);
    }
    return file.finish();
}

}  // namespace

std::string to_plain_png(const Picture& picture, const Scale& scale, PlainPixels pixels) {
    const Grid grid = grid_of(picture, scale);
    return pixels == PlainPixels::palette ? in_bits(picture, grid, scale) : in_samples(picture, grid, scale);
}

}  // namespace tocsin::qr::drawing
