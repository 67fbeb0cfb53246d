// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/text.hpp"

#include <array>
#include <string_view>

#include "common/core/error.hpp"
#include "common/qr/drawing/shades.hpp"

namespace tocsin::qr::drawing {
namespace {

constexpr std::string_view reset = "\x1b[0m";

/// By the drawn halves: none, upper, lower, both.
constexpr std::array<std::string_view, 4> blocks{" ", "▀", "▄", "█"};

/// Which modules are drawn with characters.
enum class Drawn { dark, light };

std::string colour_code(std::string_view plane, Colour colour) {
    return "\x1b[" + std::string(plane) + ";2;" + std::to_string(colour.red) + ';' +
           std::to_string(colour.green) + ';' + std::to_string(colour.blue) + 'm';
}

/// The colours in which modules are seen, where they are not black on white.
struct Colours {
    Colour dark;
    Colour light;
};

std::optional<Colours> colours_of(const Style& style) {
    if (style.foreground == black && style.background == white) return std::nullopt;
    const Shades shades = opaque_shades_of(style);
    return Colours{.dark = shades[darkest], .light = shades[lightest]};
}

bool is_drawn(const Picture& picture, int x, int y, Drawn drawn) noexcept {
    return picture.dark(x, y) == (drawn == Drawn::dark);
}

std::string pairs(const Picture& picture, Drawn drawn) {
    std::string out;
    for (int y = 0; y < picture.across(); ++y) {
        for (int x = 0; x < picture.across(); ++x) out += is_drawn(picture, x, y, drawn) ? "##" : "  ";
        out += '\n';
    }
    return out;
}

/// Blanks on a ground that changes with the modules.
std::string grounds(const Picture& picture, std::string_view dark_code, std::string_view light_code) {
    std::string out;
    for (int y = 0; y < picture.across(); ++y) {
        out += light_code;
        bool was_dark = false;
        for (int x = 0; x < picture.across(); ++x) {
            const bool dark = picture.dark(x, y);
            if (dark != was_dark) out += dark ? dark_code : light_code;
            was_dark = dark;
            out += "  ";
        }
        if (was_dark) out += light_code;  // there is no quiet zone; qrencode ends each line light
        out.append(reset) += '\n';
    }
    return out;
}

std::string coloured_grounds(const Picture& picture, std::string_view dark_code,
                             std::string_view light_code) {
    const std::optional<Colours> colours = colours_of(picture.style());
    if (!colours) return grounds(picture, dark_code, light_code);
    return grounds(picture, colour_code("48", colours->dark), colour_code("48", colours->light));
}

/// Two rows a line; a row that the last line lacks is light.
std::string half_blocks(const Picture& picture, Drawn drawn, std::string_view code) {
    std::string out;
    for (int y = 0; y < picture.across(); y += 2) {
        out += code;
        for (int x = 0; x < picture.across(); ++x) {
            const std::size_t upper = is_drawn(picture, x, y, drawn) ? 1 : 0;
            const std::size_t lower = is_drawn(picture, x, y + 1, drawn) ? 2 : 0;
            out += blocks[upper + lower];
        }
        if (!code.empty()) out += reset;
        out += '\n';
    }
    return out;
}

/// Blocks have the colour of light modules, their ground that of dark ones, whichever modules are drawn.
std::string coloured_half_blocks(const Picture& picture, Drawn drawn, std::string_view code) {
    const std::optional<Colours> colours = colours_of(picture.style());
    if (!colours) return half_blocks(picture, drawn, code);
    return half_blocks(picture, drawn, colour_code("38", colours->light) + colour_code("48", colours->dark));
}

}  // namespace

std::string to_text(const Picture& picture, Format format) {
    switch (format) {
        case Format::ascii: return pairs(picture, Drawn::dark);
        case Format::ascii_inverted: return pairs(picture, Drawn::light);
        case Format::ansi: return coloured_grounds(picture, "\x1b[40m", "\x1b[47m");
        // Colours 16 and 231 are true black and white: themes change only the first 16.
        case Format::ansi256: return coloured_grounds(picture, "\x1b[48;5;16m", "\x1b[48;5;231m");
        case Format::utf8: return half_blocks(picture, Drawn::light, {});
        case Format::utf8_inverted: return half_blocks(picture, Drawn::dark, {});
        case Format::ansi_utf8: return coloured_half_blocks(picture, Drawn::light, "\x1b[40;37;1m");
        case Format::ansi_utf8_inverted: return coloured_half_blocks(picture, Drawn::dark, "\x1b[40;37;1m");
        case Format::ansi256_utf8:
            return coloured_half_blocks(picture, Drawn::light, "\x1b[38;5;231m\x1b[48;5;16m");
        default: break;
    }
    throw core::Error(core::Code::invalid, std::string(name_of(format)) + " is not made of characters",
                      "use ascii, utf8 or one of their kin");
}

}  // namespace tocsin::qr::drawing
