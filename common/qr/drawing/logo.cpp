// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/logo.hpp"

#include <algorithm>
#include <cstddef>

namespace tocsin::qr::drawing {

std::optional<Box> logo_box(const Picture& picture) {
    const std::optional<Field>& field = picture.logo_field();
    if (!field) return std::nullopt;
    const Image& image = picture.logo().image;
    const double free_modules = picture.logo().free_modules;
    const double scale = std::min((field->width - 2 * free_modules) / image.width,
                                  (field->height - 2 * free_modules) / image.height);
    if (scale <= 0) return std::nullopt;
    const double width = image.width * scale;
    const double height = image.height * scale;
    return Box{.x = field->x + (field->width - width) / 2,
               .y = field->y + (field->height - height) / 2,
               .width = width,
               .height = height};
}

std::string opaque_pixels(const Image& image, Colour below) {
    std::string pixels;
    pixels.reserve(image.rgba.size() / 4 * 3);
    for (std::size_t i = 0; i + 3 < image.rgba.size(); i += 4) {
        const Colour seen =
            over({image.rgba[i], image.rgba[i + 1], image.rgba[i + 2], image.rgba[i + 3]}, below);
        for (const std::uint8_t part : {seen.red, seen.green, seen.blue}) pixels += static_cast<char>(part);
    }
    return pixels;
}

}  // namespace tocsin::qr::drawing
