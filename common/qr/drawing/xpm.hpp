// SPDX-License-Identifier: Apache-2.0
// A picture as an X pixmap (XPM 3): text that is C source as well. May be called from any thread.
#pragma once

#include <string>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"

namespace tocsin::qr::drawing {

/// One character a pixel, without the logo. Colours are told as they are seen on white, but a background that
/// lets everything through is `None`. Throws `Error` as `grid_of`.
std::string to_xpm(const Picture& picture, const Scale& scale);

}  // namespace tocsin::qr::drawing
