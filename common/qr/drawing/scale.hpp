// SPDX-License-Identifier: Apache-2.0
// How large a picture becomes: in pixels for rasters, in points for pages.
// Every function here may be called from any thread.
#pragma once

#include <optional>

#include "common/qr/drawing/picture.hpp"

namespace tocsin::qr::drawing {

/// At most one of the first three is set; without any a module has 8 pixels.
struct Scale {
    std::optional<int> module_pixels{};
    std::optional<int> width_pixels{};  ///< of the whole picture
    std::optional<double> width_mm{};   ///< of the whole picture
    std::optional<int> dpi{};  ///< pixels an inch, where one is turned into the other; 300 when not set
};

inline constexpr int default_module_pixels = 8;
inline constexpr int default_dpi = 300;
/// The longest side of a raster: more is a slip of the hand, and no reader takes it.
inline constexpr int max_side_pixels = 32'768;

/// A square of pixels that holds the picture in modules of one whole size.
struct Grid {
    int side = 0;    ///< pixels
    int module = 0;  ///< pixels
    int margin = 0;  ///< pixels at the left and at the top that are left over: they widen the quiet zone
};

/// Throws `Error`: `too_large` above `max_side_pixels`, `invalid` when a module would have no pixel.
Grid grid_of(const Picture& picture, const Scale& scale);

/// The side of the whole picture in points (1/72 inch). Throws `Error` as `grid_of`.
double points_of(const Picture& picture, const Scale& scale);

}  // namespace tocsin::qr::drawing
