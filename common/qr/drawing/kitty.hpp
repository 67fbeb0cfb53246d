// SPDX-License-Identifier: Apache-2.0
// A picture for terminals that speak kitty's graphics protocol. May be called from any thread.
#pragma once

#include <string>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"

namespace tocsin::qr::drawing {

/// The PNG image in base64, in escape sequences of at most 4,096 characters of it, and a line end; the terminal
/// is asked to answer nothing. Throws `Error` as `to_png`.
std::string to_kitty(const Picture& picture, const Scale& scale);

}  // namespace tocsin::qr::drawing
