// SPDX-License-Identifier: Apache-2.0
// A picture as a PDF document. May be called from any thread.
#pragma once

#include <string>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"

namespace tocsin::qr::drawing {

/// One page exactly as large as the picture, drawn with vectors; only a logo is an image. The same picture
/// makes the same bytes. Throws `Error`: `invalid` when no page can have that size, else as `points_of`.
std::string to_pdf(const Picture& picture, const Scale& scale);

}  // namespace tocsin::qr::drawing
