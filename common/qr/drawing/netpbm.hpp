// SPDX-License-Identifier: Apache-2.0
// A picture in the binary formats of Netpbm. Every function here may be called from any thread.
#pragma once

#include <string>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"

namespace tocsin::qr::drawing {

/// PBM (P4): one bit a pixel, dark modules black on white, square, without the logo. Throws `Error` as
/// `grid_of`.
std::string to_pbm(const Picture& picture, const Scale& scale);

/// PPM (P6): colours of 24 bits, as they are seen on white. Throws `Error` as `grid_of`.
std::string to_ppm(const Picture& picture, const Scale& scale);

}  // namespace tocsin::qr::drawing
