// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/scale.hpp"

#include <cmath>
#include <string>

#include "common/core/error.hpp"

namespace tocsin::qr::drawing {
namespace {

constexpr double mm_per_inch = 25.4;
constexpr double points_per_inch = 72;

using core::Code;
using core::Error;

Grid checked(Grid grid, int across) {
    if (grid.module < 1)
        throw Error(Code::invalid,
                    "the picture would be " + std::to_string(grid.side) + " pixels wide, and the code has " +
                        std::to_string(across) + " modules with its quiet zone",
                    "make it at least " + std::to_string(across) + " pixels wide, better four times as many");
    if (grid.side > max_side_pixels)
        throw Error(Code::too_large,
                    "the picture would be " + std::to_string(grid.side) + " pixels wide, and " +
                        std::to_string(max_side_pixels) + " is the most",
                    "use at most " + std::to_string(max_side_pixels / across) +
                        " pixels a module, or a format without pixels (svg, eps, pdf)");
    return grid;
}

Grid of_width(double pixels, int across) {
    const int side = static_cast<int>(std::lround(std::min(pixels, 1e9)));
    const int module = side / across;
    return {.side = side, .module = module, .margin = (side - module * across) / 2};
}

Grid of_module(int pixels, int across) {
    // in double: a hundred million pixels a module must be told, not overflow
    const double side = static_cast<double>(pixels) * across;
    return {.side = static_cast<int>(std::min(side, 1e9)), .module = pixels, .margin = 0};
}

int dpi_of(const Scale& scale) noexcept { return scale.dpi.value_or(default_dpi); }

}  // namespace

Grid grid_of(const Picture& picture, const Scale& scale) {
    const int across = picture.across();
    if (scale.width_mm)
        return checked(of_width(*scale.width_mm / mm_per_inch * dpi_of(scale), across), across);
    if (scale.width_pixels) return checked(of_width(*scale.width_pixels, across), across);
    return checked(of_module(scale.module_pixels.value_or(default_module_pixels), across), across);
}

double points_of(const Picture& picture, const Scale& scale) {
    if (scale.width_mm) return *scale.width_mm / mm_per_inch * points_per_inch;
    const double pixels = scale.width_pixels ? *scale.width_pixels
                                             : static_cast<double>(picture.across()) *
                                                   scale.module_pixels.value_or(default_module_pixels);
    return pixels / dpi_of(scale) * points_per_inch;
}

}  // namespace tocsin::qr::drawing
