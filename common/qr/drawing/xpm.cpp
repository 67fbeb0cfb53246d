// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/xpm.hpp"

#include <string_view>
#include <vector>

#include "common/qr/drawing/raster.hpp"

namespace tocsin::qr::drawing {
namespace {

/// A character for each shade; none has a meaning inside of a C string.
constexpr std::string_view characters = " .-:;=+ocxOX$%@#";
static_assert(characters.size() == shade_count);

void append_hexadecimal(std::string& out, std::uint8_t value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    out += digits[value / 16];
    out += digits[value % 16];
}

std::string colour_text(Colour colour) {
    std::string out = "#";
    for (const std::uint8_t part : {colour.red, colour.green, colour.blue}) append_hexadecimal(out, part);
    return out;
}

std::vector<std::size_t> used_shades(Shape shape) {
    if (shape == Shape::square) return {lightest, darkest};
    std::vector<std::size_t> all(shade_count);
    for (std::size_t i = 0; i < shade_count; ++i) all[i] = i;
    return all;
}

std::string header(const Style& style, int side) {
    const std::vector<std::size_t> used = used_shades(style.shape);
    const Shades shades = opaque_shades_of(style);
    const std::string number = std::to_string(side);
    std::string out =
        "/* XPM */\nstatic char *qrcode[] = {\n/* width height colors characters_per_pixel */\n\"" + number +
        ' ' + number + ' ' + std::to_string(used.size()) + " 1\",\n/* colors */\n";
    for (const std::size_t shade : used) {
        const bool none = shade == lightest && style.background.alpha == 0;
        out.append("\"") += characters[shade];
        out.append(" c ").append(none ? "None" : colour_text(shades[shade])).append("\",\n");
    }
    return out + "/* pixels */\n";
}

}  // namespace

std::string to_xpm(const Picture& picture, const Scale& scale) {
    const Grid grid = grid_of(picture, scale);
    ShadeRows rows(picture, grid);
    std::string out = header(picture.style(), grid.side);
    const auto side = static_cast<std::size_t>(grid.side);
    out.reserve(out.size() + side * (side + 4));
    for (int y = 0; y < grid.side; ++y) {
        out += '"';
        for (const std::uint8_t shade : rows.row(y)) out += characters[shade];
        out.append(y + 1 < grid.side ? "\",\n" : "\"\n");
    }
    return out + "};\n";
}

}  // namespace tocsin::qr::drawing
