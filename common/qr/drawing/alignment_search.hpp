// SPDX-License-Identifier: Apache-2.0
// Whether a reader would take a part of the logo for an alignment pattern that lies under it.
// May be called from any thread.
#pragma once

#include "common/qr/drawing/picture.hpp"

namespace tocsin::qr::drawing {

/// Readers look for each alignment pattern around the place where it should lie, and straighten the symbol by
/// what they find there: a wrong find ruins the reading, while none at all is harmless. This looks in the
/// same way as zbar does, in the picture as it is seen on white with so many pixels a module: up to two
/// modules away, in quarters of a module, for 25 modules of which at most 6 are wrong, dark being what is
/// darker than its surroundings.
bool misleads_alignment(const Picture& picture, int module_pixels);

}  // namespace tocsin::qr::drawing
