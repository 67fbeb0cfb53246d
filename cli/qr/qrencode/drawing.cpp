// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/qrencode/drawing.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "cli/qr/qrencode/pictures.hpp"
#include "common/core/error.hpp"
#include "common/qr/drawing/eps.hpp"
#include "common/qr/drawing/plain_png.hpp"
#include "common/qr/drawing/text.hpp"

namespace tocsin::cli::qr::qrencode {
namespace {

namespace drawing = tocsin::qr::drawing;

using drawing::Format;
using tocsin::qr::encoding::Symbol;

/// The longest side of pictures that have a byte or more for each pixel.
constexpr int max_side_of_bytes = 16'384;
/// Of those that have none: the largest number that PostScript knows.
constexpr int max_side_of_pages = std::numeric_limits<int>::max();

struct TypeRow {
    QrencodeType type;
    std::string_view name;
    std::string_view ending;
    int max_side;  ///< pixels; 0 when it is made of characters
    std::optional<Format> characters{};
};

constexpr std::array<TypeRow, 14> types{{
    {QrencodeType::png, "PNG", ".png", drawing::max_side_pixels},
    {QrencodeType::png32, "PNG32", ".png", max_side_of_bytes},
    {QrencodeType::eps, "EPS", ".eps", max_side_of_pages},
    {QrencodeType::svg, "SVG", ".svg", max_side_of_pages},
    {QrencodeType::xpm, "XPM", ".xpm", max_side_of_bytes},
    {QrencodeType::ansi, "ANSI", ".txt", 0, Format::ansi},
    {QrencodeType::ansi256, "ANSI256", ".txt", 0, Format::ansi256},
    {QrencodeType::ascii, "ASCII", ".txt", 0, Format::ascii},
    {QrencodeType::ascii_inverted, "ASCIIi", ".txt", 0, Format::ascii_inverted},
    {QrencodeType::utf8, "UTF8", ".txt", 0, Format::utf8},
    {QrencodeType::utf8_inverted, "UTF8i", ".txt", 0, Format::utf8_inverted},
    {QrencodeType::ansi_utf8, "ANSIUTF8", ".txt", 0, Format::ansi_utf8},
    {QrencodeType::ansi_utf8_inverted, "ANSIUTF8i", ".txt", 0, Format::ansi_utf8_inverted},
    {QrencodeType::ansi256_utf8, "ANSI256UTF8", ".txt", 0, Format::ansi256_utf8},
}};

const TypeRow& row_of(QrencodeType type) noexcept { return types[static_cast<std::size_t>(type)]; }

bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// qrencode lays no colour over the other.
std::string png(const Symbol& symbol, int margin, const QrencodeLook& look) {
    const drawing::Style style{
        .quiet_zone = margin, .foreground = look.foreground, .background = look.background};
    const drawing::Scale scale{.module_pixels = look.module_pixels,
                               .dpi = look.dpi > 0 ? std::optional(look.dpi) : std::nullopt};
    const auto pixels =
        look.type == QrencodeType::png ? drawing::PlainPixels::palette : drawing::PlainPixels::rgba;
    return drawing::to_plain_png({symbol, style}, scale, pixels);
}

drawing::Colour opaque(drawing::Colour colour) noexcept {
    colour.alpha = 255;
    return colour;
}

/// A pixel is a point, and colours are opaque: PostScript knows no others.
std::string eps(const Symbol& symbol, int margin, const QrencodeLook& look) {
    const drawing::Style style{
        .quiet_zone = margin, .foreground = opaque(look.foreground), .background = opaque(look.background)};
    return drawing::to_eps({symbol, style}, {.module_pixels = look.module_pixels, .dpi = 72});
}

/// qrencode takes the memory and the time that any size asks for.
void check_pixels(const Symbol& symbol, int margin, const QrencodeLook& look) {
    const int most = row_of(look.type).max_side;
    const long long side = 1LL * (symbol.size() + 2 * margin) * look.module_pixels;
    if (most == 0 || side <= most) return;
    throw core::Error(core::Code::too_large,
                      "the picture would be " + std::to_string(side) + " pixels wide, and " +
                          std::to_string(most) + " is the most",
                      "use a smaller --size (-s) or --margin (-m), or the type SVG");
}

}  // namespace

std::optional<QrencodeType> qrencode_type_named(std::string_view name) {
    const auto* const found =
        std::ranges::find_if(types, [&](const TypeRow& t) { return same_word(t.name, name); });
    if (found == types.end()) return std::nullopt;
    return found->type;
}

std::string qrencode_type_names() {
    std::string names;
    for (const TypeRow& type : types) names += (names.empty() ? "" : ", ") + std::string(type.name);
    return names;
}

std::string_view ending_of(QrencodeType type) noexcept { return row_of(type).ending; }

bool needs_output_name(QrencodeType type) noexcept {
    return type == QrencodeType::png || type == QrencodeType::png32;
}

std::string draw_as_qrencode(const Symbol& symbol, const QrencodeLook& look) {
    const int margin =
        look.margin.value_or(tocsin::qr::encoding::quiet_zone_modules(symbol.version().family));
    check_pixels(symbol, margin, look);
    if (const auto characters = row_of(look.type).characters)
        return drawing::to_text({symbol, {.quiet_zone = margin}}, *characters);
    switch (look.type) {
        case QrencodeType::png:
        case QrencodeType::png32: return png(symbol, margin, look);
        case QrencodeType::eps: return eps(symbol, margin, look);
        case QrencodeType::svg: return qrencode_svg(symbol, look, margin);
        case QrencodeType::xpm: return qrencode_xpm(symbol, look, margin);
        default: break;
    }
    throw core::Error(core::Code::internal, "the type is none of qrencode's", "report this as a bug");
}

}  // namespace tocsin::cli::qr::qrencode
