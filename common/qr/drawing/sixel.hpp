// SPDX-License-Identifier: Apache-2.0
// A picture for terminals that draw DEC's sixels. May be called from any thread.
#pragma once

#include <string>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"

namespace tocsin::qr::drawing {

/// A device control string and a line end, without the logo: two colour registers for square modules, sixteen
/// for other shapes (DEC STD 070, chapter 9). Colours are as they are seen on white.
/// Throws `Error` as `grid_of`.
std::string to_sixel(const Picture& picture, const Scale& scale);

}  // namespace tocsin::qr::drawing
