// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/svg.hpp"

#include <png.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "common/qr/drawing/logo.hpp"
#include "common/qr/drawing/numbers.hpp"
#include "common/qr/drawing/outline.hpp"

namespace tocsin::qr::drawing {
namespace {

using core::Code;
using core::Error;

constexpr int decimals = 3;

std::string number(double value) {
    std::string text;
    append_number(value, decimals, text);
    return text;
}

/// Draws with relative commands, which are short: `m4 4h7v7h-7z`.
class PathWriter {
 public:
    void draw(const Contour& contour) {
        move(contour.start);
        for (const Step& step : drawn_steps(contour))
            step.kind == Step::Kind::arc ? arc(step.end) : line(step.end);
        text_ += 'z';
        here_ = start_;
    }

    void dot(Point centre) {
        const double radius = dot_diameter / 2;
        move({centre.x - radius, centre.y});
        half_circle(radius, dot_diameter);
        half_circle(radius, -dot_diameter);
        text_ += 'z';
    }

    std::string take() { return std::move(text_); }

 private:
    void move(Point to) {
        text_ += text_.empty() ? 'M' : 'm';
        pair(to.x - here_.x, to.y - here_.y);
        here_ = start_ = to;
    }

    void line(Point to) {
        const bool level = to.y == here_.y;
        text_ += level ? 'h' : 'v';
        text_ += number(level ? to.x - here_.x : to.y - here_.y);
        here_ = to;
    }

    void arc(Point to) {
        text_ += 'a';
        pair(corner_radius, corner_radius);
        text_ += " 0 0 1";
        next(to.x - here_.x);
        next(to.y - here_.y);
        here_ = to;
    }

    void half_circle(double radius, double dx) {
        text_ += 'a';
        pair(radius, radius);
        text_ += " 0 0 1";
        next(dx);
        next(0);
    }

    void pair(double first, double second) {
        text_ += number(first);
        next(second);
    }

    /// A minus separates numbers by itself.
    void next(double value) {
        const std::string text = number(value);
        if (!text.starts_with('-')) text_ += ' ';
        text_ += text;
    }

    std::string text_;
    Point start_;
    Point here_;
};

std::string path_of(const Picture& picture) {
    const Outline outline = outline_of(picture);
    PathWriter writer;
    for (const Contour& contour : outline.contours) writer.draw(contour);
    for (const Point dot : outline.dots) writer.dot(dot);
    return writer.take();
}

/// ` fill="#000"`, with its opacity where it is not full.
std::string fill_of(Colour colour) {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::array<std::uint8_t, 3> parts{colour.red, colour.green, colour.blue};
    bool twins = true;
    for (const std::uint8_t part : parts) twins = twins && part % 17 == 0;
    std::string text = " fill=\"#";
    for (const std::uint8_t part : parts) {
        text += digits[part >> 4];
        if (!twins) text += digits[part & 15];
    }
    text += '"';
    if (colour.alpha < 255) text += " fill-opacity=\"" + number(colour.alpha / 255.0) + '"';
    return text;
}

/// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t j = 0; j < 3; ++j)
            bits = bits << 8 | (i + j < bytes.size() ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
        for (std::size_t j = 0; j < 4; ++j)
            text += j > bytes.size() - i ? '=' : letters[bits >> (18 - 6 * j) & 63];
    }
    return text;
}

/// The logo as it was given: its pixels, whatever size it is shown in.
std::string png_of(const Image& image) {
    png_image header{};
    header.version = PNG_IMAGE_VERSION;
    header.format = PNG_FORMAT_RGBA;
    header.width = static_cast<png_uint_32>(image.width);
    header.height = static_cast<png_uint_32>(image.height);
    std::string out(PNG_IMAGE_PNG_SIZE_MAX(header), '\0');
    png_alloc_size_t bytes = out.size();
    if (png_image_write_to_memory(&header, out.data(), &bytes, 0, image.rgba.data(), 0, nullptr) == 0)
        throw Error(Code::internal, std::string("libpng failed on the logo: ") + header.message,
                    "save the logo again as an RGBA PNG");
    out.resize(bytes);
    return out;
}

std::string logo_of(const Picture& picture) {
    const std::optional<Box> box = logo_box(picture);
    if (!box) return {};
    return "<image x=\"" + number(box->x) + "\" y=\"" + number(box->y) + "\" width=\"" + number(box->width) +
           "\" height=\"" + number(box->height) + "\" xlink:href=\"data:image/png;base64," +
           base64(png_of(picture.logo().image)) + "\"/>\n";
}

std::string escaped(std::string_view text, std::string_view name) {
    if (!core::is_printable_utf8(text))
        throw Error(Code::invalid,
                    "the " + std::string(name) + " of an SVG image must be UTF-8 without control characters",
                    "leave them out of --" + std::string(name));
    std::string out;
    for (const char c : text) switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    return out;
}

std::string size_of(const Picture& picture, const Scale& scale) {
    std::string side;
    if (scale.width_mm) {
        side = number(*scale.width_mm) + "mm";
    } else {
        const int module = scale.module_pixels.value_or(default_module_pixels);
        side =
            number(scale.width_pixels ? *scale.width_pixels : static_cast<double>(module) * picture.across());
    }
    return " width=\"" + side + "\" height=\"" + side + '"';
}

std::string opening(const Picture& picture, const Scale& scale, const SvgWords& words) {
    const std::string modules = std::to_string(picture.across());
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
    if (logo_box(picture)) out += " xmlns:xlink=\"http://www.w3.org/1999/xlink\"";
    out += " version=\"1.1\"";
    if (!words.css_class.empty()) out += " class=\"" + escaped(words.css_class, "class") + '"';
    out += size_of(picture, scale) + " viewBox=\"0 0 " + modules + ' ' + modules + '"';
    if (picture.style().shape == Shape::square) out += " shape-rendering=\"crispEdges\"";
    // screen readers take the role and the title
    if (!words.title.empty()) out += " role=\"img\"><title>" + escaped(words.title, "title") + "</title";
    return out + ">\n";
}

}  // namespace

std::string to_svg(const Picture& picture, const Scale& scale, const SvgWords& words) {
    const Style& style = picture.style();
    const std::string modules = std::to_string(picture.across());
    std::string out;
    if (words.prolog == SvgWords::Prolog::with) out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    out += opening(picture, scale, words);
    if (style.background.alpha > 0)
        out +=
            "<rect width=\"" + modules + "\" height=\"" + modules + '"' + fill_of(style.background) + "/>\n";
    out += "<path" + fill_of(style.foreground) + " d=\"" + path_of(picture) + "\"/>\n";
    return out + logo_of(picture) + "</svg>\n";
}

}  // namespace tocsin::qr::drawing
