// SPDX-License-Identifier: Apache-2.0
// A QR code as an SVG 1.1 image. May be called from any thread.
#pragma once

#include <string>

#include "common/qr/symbol.hpp"

namespace tocsin::qr {

/// A white square and one black path, in units of a module, with the quiet zone.
std::string to_svg(const Symbol& symbol);

}  // namespace tocsin::qr
