// SPDX-License-Identifier: Apache-2.0
#include "common/core/error.hpp"
#include "common/qr/drawing/eps.hpp"
#include "common/qr/drawing/format.hpp"
#include "common/qr/drawing/kitty.hpp"
#include "common/qr/drawing/netpbm.hpp"
#include "common/qr/drawing/pdf.hpp"
#include "common/qr/drawing/png.hpp"
#include "common/qr/drawing/sixel.hpp"
#include "common/qr/drawing/svg.hpp"
#include "common/qr/drawing/text.hpp"
#include "common/qr/drawing/xpm.hpp"

namespace tocsin::qr::drawing {
namespace {

using core::Code;
using core::Error;

/// What of a style a format can show.
struct Abilities {
    bool colours;
    bool shapes;
    bool logo;
};

constexpr Abilities abilities_of(Format format) noexcept {
    switch (format) {
        case Format::png:
        case Format::svg:
        case Format::eps:
        case Format::pdf:
        case Format::ppm:
        case Format::kitty: return {.colours = true, .shapes = true, .logo = true};
        case Format::xpm:
        case Format::sixel: return {.colours = true, .shapes = true, .logo = false};
        case Format::ansi:
        case Format::ansi256:
        case Format::ansi_utf8:
        case Format::ansi_utf8_inverted:
        case Format::ansi256_utf8: return {.colours = true, .shapes = false, .logo = false};
        case Format::pbm:
        case Format::ascii:
        case Format::ascii_inverted:
        case Format::utf8:
        case Format::utf8_inverted: break;
    }
    return {.colours = false, .shapes = false, .logo = false};
}

/// `instead` are formats of the same kind that can do it.
[[noreturn]] void refuse(Format format, const std::string& what, const std::string& instead) {
    throw Error(Code::invalid, std::string(name_of(format)) + " can't show " + what, "use " + instead);
}

void check(const Style& style, Format format) {
    const Abilities abilities = abilities_of(format);
    const bool on_terminal = is_text(format);
    if (style.logo && !abilities.logo)
        refuse(format, "a logo", on_terminal ? "kitty, or a file: png or svg" : "png, svg or ppm");
    if (style.shape != Shape::square && !abilities.shapes)
        refuse(format, "modules that are not square", on_terminal ? "sixel or kitty" : "png, svg or ppm");
    if ((style.foreground != black || style.background != white) && !abilities.colours)
        refuse(format, "colours", on_terminal ? "ansi or ansiutf8" : "png, svg or ppm");
}

/// These files hold every pixel as it is: at most so many bytes.
constexpr double max_plain_bytes = 1e9;

void check_size(const Picture& picture, const Drawing& drawing, int bytes_a_pixel) {
    const double side = grid_of(picture, drawing.scale).side;
    if (side * side * bytes_a_pixel <= max_plain_bytes) return;
    throw Error(Code::too_large,
                "a picture of " + std::to_string(static_cast<int>(side)) + " x " +
                    std::to_string(static_cast<int>(side)) + " pixels takes more than a gigabyte as " +
                    std::string(name_of(drawing.format)),
                "use png, or fewer pixels");
}

}  // namespace

std::string draw(const Picture& picture, const Drawing& drawing) {
    check(picture.style(), drawing.format);
    switch (drawing.format) {
        case Format::png: return to_png(picture, drawing.scale);
        case Format::svg: return to_svg(picture, drawing.scale, drawing.svg);
        case Format::eps: return to_eps(picture, drawing.scale);
        case Format::pdf: return to_pdf(picture, drawing.scale);
        case Format::xpm: check_size(picture, drawing, 1); return to_xpm(picture, drawing.scale);
        case Format::pbm: return to_pbm(picture, drawing.scale);
        case Format::ppm: check_size(picture, drawing, 3); return to_ppm(picture, drawing.scale);
        case Format::sixel: return to_sixel(picture, drawing.scale);
        case Format::kitty: return to_kitty(picture, drawing.scale);
        default: return to_text(picture, drawing.format);
    }
}

}  // namespace tocsin::qr::drawing
