// SPDX-License-Identifier: Apache-2.0
// The pictures whose parts have names in qrencode: other programs pick them out.
// Every function here may be called from any thread.
#pragma once

#include <string>

#include "cli/qr/qrencode/drawing.hpp"

namespace tocsin::cli::qr::qrencode {

/// An SVG image with the same elements. Units are modules; the size is told in centimetres, but none where
/// the resolution is unknown.
std::string qrencode_svg(const tocsin::qr::encoding::Symbol& symbol, const QrencodeLook& look, int margin);

/// An XPM image: an array of C with the same name, `B` for the background and `F` for the foreground.
std::string qrencode_xpm(const tocsin::qr::encoding::Symbol& symbol, const QrencodeLook& look, int margin);

}  // namespace tocsin::cli::qr::qrencode
