// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/qrencode/pictures.hpp"

#include <array>
#include <charconv>
#include <string_view>

namespace tocsin::cli::qr::qrencode {
namespace {

using tocsin::qr::drawing::Colour;
using tocsin::qr::encoding::Symbol;

std::string fixed(float number, int decimals) {
    std::array<char, 64> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, decimals);
    return {text.data(), end.ptr};
}

std::string attribute(std::string_view name, std::string_view value) {
    return ' ' + std::string(name) + "=\"" + std::string(value) + '"';
}

std::string hexadecimal(Colour colour) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "#";
    for (const std::uint8_t part : {colour.red, colour.green, colour.blue}) {
        text += digits[part / 16U];
        text += digits[part % 16U];
    }
    return text;
}

/// Of 255 as `1.000000`.
std::string opacity(Colour colour) { return fixed(static_cast<float>(colour.alpha) / 255, 6); }

std::string fill(Colour colour) {
    return attribute("fill", hexadecimal(colour)) +
           (colour.alpha == 255 ? "" : attribute("fill-opacity", opacity(colour)));
}

/// In float, as qrencode does: so the last digit is the same.
std::string side(int modules, const QrencodeLook& look) {
    const auto dots_per_cm = static_cast<float>(look.dpi / 2.54);
    const double dots = static_cast<double>(modules) * look.module_pixels;
    return fixed(static_cast<float>(dots) / dots_per_cm, 2) + "cm";
}

/// Without a resolution there is no size: it takes the room that it is given.
std::string head(int modules, const QrencodeLook& look) {
    std::string text;
    if (look.prolog == QrencodeLook::Prolog::with)
        text += "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    text += "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\"";
    if (look.dpi > 0)
        text += attribute("width", side(modules, look)) + attribute("height", side(modules, look));
    const std::string all = std::to_string(modules);
    return text + attribute("viewBox", "0 0 " + all + ' ' + all) + attribute("preserveAspectRatio", "none") +
           ">\n<g id=\"QRcode\">\n<rect" + attribute("width", all) + attribute("height", all) +
           fill(look.background) + "/>\n";
}

/// Calls `draw(x, y, width)` for each dark module or run of them, row by row.
template <class Draw>
void for_each_run(const Symbol& symbol, QrencodeLook::Runs runs, const Draw& draw) {
    for (int y = 0; y < symbol.size(); ++y)
        for (int x = 0; x < symbol.size(); ++x) {
            if (!symbol.at(x, y)) continue;
            const int start = x;
            while (runs == QrencodeLook::Runs::joined && symbol.at(x + 1, y)) ++x;
            draw(start, y, x + 1 - start);
        }
}

/// Lines one module wide, through the middle of the modules.
std::string path(const Symbol& symbol, const QrencodeLook& look, int margin) {
    const std::string shift = std::to_string(margin);
    std::string style = "stroke:" + hexadecimal(look.foreground);
    if (look.foreground.alpha != 255) style += ";stroke-opacity:" + opacity(look.foreground);
    std::string text = "<path" + attribute("style", style) +
                       attribute("transform", "translate(" + shift + ',' + shift + ".5)") + " d=\"";
    for_each_run(symbol, look.runs, [&](int x, int y, int width) {
        text += 'M' + std::to_string(x) + ',' + std::to_string(y) + 'h' + std::to_string(width);
    });
    return text + "\"/>\n";
}

std::string rectangles(const Symbol& symbol, const QrencodeLook& look, int margin) {
    const std::string shift = std::to_string(margin);
    const std::string ink = fill(look.foreground);
    std::string text =
        "<g id=\"Pattern\"" + attribute("transform", "translate(" + shift + ',' + shift + ')') + ">\n";
    for_each_run(symbol, look.runs, [&](int x, int y, int width) {
        text += "<rect" + attribute("x", std::to_string(x)) + attribute("y", std::to_string(y)) +
                attribute("width", std::to_string(width)) + attribute("height", "1") + ink + "/>\n";
    });
    return text + "</g>\n";
}

}  // namespace

std::string qrencode_svg(const Symbol& symbol, const QrencodeLook& look, int margin) {
    return head(symbol.size() + 2 * margin, look) +
           (look.element == QrencodeLook::Element::path ? path(symbol, look, margin)
                                                        : rectangles(symbol, look, margin)) +
           "</g>\n</svg>\n";
}

std::string qrencode_xpm(const Symbol& symbol, const QrencodeLook& look, int margin) {
    const auto copies = static_cast<std::size_t>(look.module_pixels);
    const std::string side = std::to_string((symbol.size() + 2 * margin) * look.module_pixels);
    std::string out = "/* XPM */\nstatic const char *const qrcode_xpm[] = {\n\"" + side + ' ' + side +
                      " 2 1\",\n\"F c " + hexadecimal(look.foreground) + "\",\n\"B c " +
                      hexadecimal(look.background) + '"';
    for (int y = -margin; y < symbol.size() + margin; ++y) {
        std::string line = ",\n\"";
        for (int x = -margin; x < symbol.size() + margin; ++x)
            line.append(copies, symbol.at(x, y) ? 'F' : 'B');
        line += '"';
        for (std::size_t copy = 0; copy < copies; ++copy) out += line;
    }
    return out + "\n};\n";
}

}  // namespace tocsin::cli::qr::qrencode
