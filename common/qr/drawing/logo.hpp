// SPDX-License-Identifier: Apache-2.0
// Where a logo lies, and its pixels as the vector formats hold them.
// Every function here may be called from any thread.
#pragma once

#include <optional>
#include <string>

#include "common/qr/drawing/picture.hpp"

namespace tocsin::qr::drawing {

/// In modules from the picture's upper left corner, rightwards and downwards.
struct Box {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
};

/// In the middle of its field, half a module or more from its edges, not distorted. Nothing when there is no
/// logo, or no room for it.
std::optional<Box> logo_box(const Picture& picture);

/// Three bytes a pixel: red, green, blue; what shows through is `below`.
std::string opaque_pixels(const Image& image, Colour below);

}  // namespace tocsin::qr::drawing
