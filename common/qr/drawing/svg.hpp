// SPDX-License-Identifier: Apache-2.0
// A picture as an SVG 1.1 image. May be called from any thread.
#pragma once

#include <string>

#include "common/qr/drawing/format.hpp"

namespace tocsin::qr::drawing {

/// A square in the background's colour, one path for all dark modules, and the logo as it was given; in units
/// of a module. A viewer shows it as large as `scale` says: in pixels, or in millimetres.
/// Throws `Error` (`invalid`) when the title or the class holds characters that XML does not allow.
std::string to_svg(const Picture& picture, const Scale& scale, const SvgWords& words);

}  // namespace tocsin::qr::drawing
