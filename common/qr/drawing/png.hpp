// SPDX-License-Identifier: Apache-2.0
// A picture as a PNG image, and PNG images as logos. Every function here may be called from any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"
#include "common/qr/drawing/style.hpp"

namespace tocsin::qr::drawing {

/// One bit a pixel for square modules (grey for black on white, else a palette), four for other shapes, and 8
/// bits of each of red, green, blue and alpha with a logo. Tells its resolution when the scale has one.
/// Throws `Error`: as `grid_of`, and `internal` when libpng fails.
std::string to_png(const Picture& picture, const Scale& scale);

/// The longest side of a logo in pixels.
inline constexpr int max_logo_side = 4096;

/// Throws `Error`: `invalid` when the bytes are no whole PNG image, `too_large` above `max_logo_side`.
Image read_png(std::string_view bytes);

}  // namespace tocsin::qr::drawing
