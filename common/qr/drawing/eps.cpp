// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/eps.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "common/qr/drawing/logo.hpp"
#include "common/qr/drawing/numbers.hpp"
#include "common/qr/drawing/outline.hpp"

namespace tocsin::qr::drawing {
namespace {

constexpr int decimals = 4;

/// The document structuring conventions allow lines of 255 characters.
constexpr std::size_t line_length = 120;

/// Words of a program, in lines.
class Words {
 public:
    void word(std::string_view text) {
        if (column_ > 0 && column_ + 1 + text.size() > line_length) end_line();
        if (column_ > 0) text_ += ' ';
        column_ += text.size() + (column_ > 0 ? 1 : 0);
        text_ += text;
    }
    void number(double value) {
        std::string text;
        append_number(value, decimals, text);
        word(text);
    }
    void end_line() {
        if (column_ > 0) text_ += '\n';
        column_ = 0;
    }
    /// A line as it stands: a comment.
    void line(std::string_view text) {
        end_line();
        (text_ += text) += '\n';
    }
    std::string take() {
        end_line();
        return std::move(text_);
    }

 private:
    std::string text_;
    std::size_t column_ = 0;
};

std::string numbers(std::initializer_list<double> values) {
    std::string text;
    for (const double value : values) {
        if (!text.empty()) text += ' ';
        append_number(value, decimals, text);
    }
    return text;
}

/// m, h, v: a place, level and upright lines. a: the arc to a point relative to here, by its control points.
/// d: the disc around a point.
void write_prolog(Words& out) {
    out.line("%%BeginProlog");
    out.line("/m{moveto}bind def /h{0 rlineto}bind def /v{0 exch rlineto}bind def");
    out.line("/a{rcurveto}bind def /z{closepath}bind def");
    out.line("/d{2 copy exch " + numbers({dot_diameter / 2}) + " add exch moveto " +
             numbers({dot_diameter / 2}) + " 0 360 arc closepath}bind def");
    out.line("%%EndProlog");
}

void write_contour(const Contour& contour, Words& out) {
    Point here = contour.start;
    out.number(here.x);
    out.number(here.y);
    out.word("m");
    for (const Step& step : drawn_steps(contour)) {
        if (step.kind == Step::Kind::arc) {
            for (const Point& point : {controls(here, step.end)[0], controls(here, step.end)[1], step.end}) {
                out.number(point.x - here.x);
                out.number(point.y - here.y);
            }
            out.word("a");
        } else {
            const bool level = step.end.y == here.y;
            out.number(level ? step.end.x - here.x : step.end.y - here.y);
            out.word(level ? "h" : "v");
        }
        here = step.end;
    }
    out.word("z");
}

void write_colour(Colour colour, Words& out) {
    const Colour seen = over(colour, white);
    for (const std::uint8_t part : {seen.red, seen.green, seen.blue}) out.number(part / 255.0);
    out.word("setrgbcolor");
    out.end_line();
}

void write_modules(const Picture& picture, Words& out) {
    const Outline outline = outline_of(picture);
    write_colour(picture.style().foreground, out);
    out.word("newpath");
    for (const Contour& contour : outline.contours) write_contour(contour, out);
    for (const Point dot : outline.dots) {
        out.number(dot.x);
        out.number(dot.y);
        out.word("d");
    }
    out.word("fill");
    out.end_line();
}

void write_hexadecimal(std::string_view bytes, Words& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string line;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        line += digits[byte >> 4];
        line += digits[byte & 15];
        if (line.size() < line_length) continue;
        out.line(line);
        line.clear();
    }
    out.line(line + '>');
}

/// Its rows run downwards, as the modules do.
void write_logo(const Picture& picture, Words& out) {
    const std::optional<Box> box = logo_box(picture);
    if (!box) return;
    const Image& image = picture.logo().image;
    const std::string width = std::to_string(image.width);
    const std::string height = std::to_string(image.height);
    out.line("gsave " + numbers({box->x, box->y}) + " translate " + numbers({box->width, box->height}) +
             " scale");
    out.line("/DeviceRGB setcolorspace");
    out.line("<</ImageType 1 /Width " + width + " /Height " + height +
             " /BitsPerComponent 8 /Decode [0 1 0 1 0 1]");
    out.line("/ImageMatrix [" + width + " 0 0 " + height +
             " 0 0] /DataSource currentfile /ASCIIHexDecode filter>>image");
    write_hexadecimal(opaque_pixels(image, over(picture.style().background, white)), out);
    out.line("grestore");
}

void write_header(double side, Words& out) {
    const std::string whole = std::to_string(static_cast<long>(std::ceil(side)));
    const std::string exact = numbers({side});
    out.line("%!PS-Adobe-3.0 EPSF-3.0");
    out.line("%%Creator: Tocsin");
    out.line("%%Title: QR code");
    out.line("%%BoundingBox: 0 0 " + whole + ' ' + whole);
    out.line("%%HiResBoundingBox: 0 0 " + exact + ' ' + exact);
    out.line("%%LanguageLevel: 2");
    out.line("%%DocumentData: Clean7Bit");
    out.line("%%Pages: 1");
    out.line("%%EndComments");
}

}  // namespace

std::string to_eps(const Picture& picture, const Scale& scale) {
    const double side = points_of(picture, scale);
    const double module = side / picture.across();
    Words out;
    write_header(side, out);
    write_prolog(out);
    out.line("%%Page: 1 1");
    out.line("gsave");
    // from here on in modules from the upper left corner, downwards
    std::string matrix = "0 " + numbers({side}) + " translate ";
    for (const double factor : {module, -module}) {
        append_number(factor, 8, matrix);
        matrix += ' ';
    }
    out.line(matrix + "scale");
    if (picture.style().background.alpha > 0) {
        write_colour(picture.style().background, out);
        out.line("0 0 " + numbers({1.0 * picture.across(), 1.0 * picture.across()}) + " rectfill");
    }
    write_modules(picture, out);
    write_logo(picture, out);
    out.line("grestore");
    out.line("showpage");
    out.line("%%Trailer");
    out.line("%%EOF");
    return out.take();
}

}  // namespace tocsin::qr::drawing
