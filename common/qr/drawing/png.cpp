// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/png.hpp"

#include <png.h>

#include <array>

#include "common/core/error.hpp"
#include "common/qr/drawing/png_file.hpp"
#include "common/qr/drawing/raster.hpp"

namespace tocsin::qr::drawing {
namespace {

using core::Code;
using core::Error;

constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";

std::optional<int> dpi_of(const Scale& scale) noexcept {
    if (scale.dpi || !scale.width_mm) return scale.dpi;
    return default_dpi;
}

template <class Rows>
std::string written(const PngFile::Properties& properties, Rows rows) {
    PngFile file(properties);
    for (int y = 0; y < properties.side; ++y) file.add_row(rows.row(y));
    return file.finish();
}

std::string to_bits(const Picture& picture, const Grid& grid, std::optional<int> dpi) {
    const Style& style = picture.style();
    if (style.foreground == black && style.background == white)
        return written({.side = grid.side, .pixels = PngPixels::grey_bits, .dpi = dpi},
                       BitRows(picture, grid, BitRows::Dark::zero));
    const Shades shades = shades_of(style);
    const std::array colours{shades[lightest], shades[darkest]};
    return written({.side = grid.side, .pixels = PngPixels::palette_bits, .palette = colours, .dpi = dpi},
                   BitRows(picture, grid, BitRows::Dark::one));
}

/// libpng's simplified interface returns on errors instead of jumping, and frees what it holds.
struct Reader {
    png_image image{};

    Reader() { image.version = PNG_IMAGE_VERSION; }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { png_image_free(&image); }
};

[[noreturn]] void refuse(const std::string& why) {
    throw Error(Code::invalid, "this is no whole PNG image: " + why,
                "use a PNG file that other programs can show");
}

void check_size(const png_image& image) {
    if (image.width <= max_logo_side && image.height <= max_logo_side) return;
    const std::string most = std::to_string(max_logo_side);
    throw Error(Code::too_large,
                "the image has " + std::to_string(image.width) + " x " + std::to_string(image.height) +
                    " pixels, and " + most + " x " + most + " are the most",
                "make it smaller: a logo is drawn in a few hundred pixels");
}

}  // namespace

std::string to_png(const Picture& picture, const Scale& scale) {
    const Grid grid = grid_of(picture, scale);
    const std::optional<int> dpi = dpi_of(scale);
    const Shades shades = shades_of(picture.style());
    if (picture.style().logo)
        return written({.side = grid.side, .pixels = PngPixels::rgba, .dpi = dpi},
                       ColourRows(picture, grid, shades));
    if (picture.style().shape == Shape::square) return to_bits(picture, grid, dpi);
    return written({.side = grid.side, .pixels = PngPixels::palette, .palette = shades, .dpi = dpi},
                   ShadeRows(picture, grid));
}

Image read_png(std::string_view bytes) {
    if (!bytes.starts_with(signature)) refuse("it does not begin like one");
    Reader reader;
    png_image& image = reader.image;
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) refuse(image.message);
    check_size(image);
    image.format = PNG_FORMAT_RGBA;
    Image read{.width = static_cast<int>(image.width),
               .height = static_cast<int>(image.height),
               .rgba = std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
    if (png_image_finish_read(&image, nullptr, read.rgba.data(), 0, nullptr) == 0) refuse(image.message);
    return read;
}

}  // namespace tocsin::qr::drawing
