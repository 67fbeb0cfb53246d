// SPDX-License-Identifier: Apache-2.0
#include "common/qr/png.hpp"

#include <png.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "common/core/error.hpp"

namespace tocsin::qr {
namespace {

constexpr std::array<std::uint8_t, 2> palette{255, 0};  // grey values of a light and of a dark module

/// One byte a pixel, an index into the palette; libpng packs them into bits.
std::vector<std::uint8_t> draw(const Symbol& symbol) {
    std::vector<std::uint8_t> pixels;
    pixels.reserve(static_cast<std::size_t>(symbol.outer_size()) *
                   static_cast<std::size_t>(symbol.outer_size()) * png_module_pixels * png_module_pixels);
    for (int y = -quiet_zone_modules; y < symbol.size() + quiet_zone_modules; ++y) {
        const auto row = static_cast<std::ptrdiff_t>(pixels.size());
        for (int x = -quiet_zone_modules; x < symbol.size() + quiet_zone_modules; ++x)
            pixels.insert(pixels.end(), png_module_pixels, symbol.at(x, y) ? 1 : 0);
        const std::vector<std::uint8_t> line(pixels.begin() + row, pixels.end());
        for (int copy = 1; copy < png_module_pixels; ++copy)
            pixels.insert(pixels.end(), line.begin(), line.end());
    }
    return pixels;
}

}  // namespace

// libpng's simplified interface: it returns on errors instead of jumping over destructors, frees what it
// holds, and writes one bit a pixel for a palette of two.
std::string to_png(const Symbol& symbol) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.format = PNG_FORMAT_GRAY | PNG_FORMAT_FLAG_COLORMAP;
    image.width = image.height = static_cast<png_uint_32>(symbol.outer_size() * png_module_pixels);
    image.colormap_entries = palette.size();

    const auto pixels = draw(symbol);
    std::string out(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
    png_alloc_size_t bytes = out.size();
    if (png_image_write_to_memory(&image, out.data(), &bytes, 0, pixels.data(), 0, palette.data()) == 0)
        throw core::Error(core::Code::internal, std::string("libpng failed: ") + image.message,
                          "try an SVG file instead");
    out.resize(bytes);
    return out;
}

}  // namespace tocsin::qr
