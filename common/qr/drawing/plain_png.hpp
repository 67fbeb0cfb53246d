// SPDX-License-Identifier: Apache-2.0
// A PNG of two colours that are taken as they are: nothing is laid over anything, and nothing is smoothed.
// Every function here may be called from any thread.
#pragma once

#include <string>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"

namespace tocsin::qr::drawing {

/// How its pixels are stored.
enum class PlainPixels {
    palette,  ///< one bit each
    rgba,     ///< 8 bits of each of red, green, blue and alpha
};

/// Square modules without a logo, whatever the style says of them: a pixel of a dark module has the
/// foreground, any other the background, both with the alpha that they have. Tells its resolution when the
/// scale has one. Throws `Error`: as `grid_of`, and `internal` when libpng fails.
std::string to_plain_png(const Picture& picture, const Scale& scale, PlainPixels pixels);

}  // namespace tocsin::qr::drawing
