// SPDX-License-Identifier: Apache-2.0
// A picture as Encapsulated PostScript (EPSF-3.0, language level 2). May be called from any thread.
#pragma once

#include <string>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"

namespace tocsin::qr::drawing {

/// One path for all dark modules. PostScript knows no transparency: a background that can't be seen at all is
/// not painted, every other colour and the logo are drawn as they look on white paper.
/// Throws `Error` as `points_of`.
std::string to_eps(const Picture& picture, const Scale& scale);

}  // namespace tocsin::qr::drawing
