// SPDX-License-Identifier: Apache-2.0
// A QR code as a PNG image. May be called from any thread.
#pragma once

#include <string>

#include "common/qr/symbol.hpp"

namespace tocsin::qr {

/// Pixels on the side of a module.
inline constexpr int png_module_pixels = 8;

/// A palette image of one bit a pixel, black on white, with the quiet zone.
/// Throws `Error` (`internal`) when libpng fails.
std::string to_png(const Symbol& symbol);

}  // namespace tocsin::qr
