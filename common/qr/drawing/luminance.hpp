// SPDX-License-Identifier: Apache-2.0
// How light a colour is to readers.
#pragma once

#include "common/qr/drawing/style.hpp"

namespace tocsin::qr::drawing {

/// From 0 to 255, of an opaque colour (ITU-R BT.601, section 2.5.1; the weights in use among readers).
constexpr double luminance(Colour colour) noexcept {
    return 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue;
}

}  // namespace tocsin::qr::drawing
