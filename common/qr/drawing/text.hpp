// SPDX-License-Identifier: Apache-2.0
// A picture in characters. May be called from any thread.
#pragma once

#include <string>

#include "common/qr/drawing/format.hpp"
#include "common/qr/drawing/picture.hpp"

namespace tocsin::qr::drawing {

/// Lines of text, each with a line end. `ascii` and the `ansi` forms have a line for each row of modules and
/// two characters for each module; the `utf8` forms have half blocks, two rows a line. Forms without escape
/// sequences and the half blocks draw light modules where the name does not say `inverted`: they are right
/// where text is light on dark. `ansi_utf8_inverted` draws dark modules in the light colour, as qrencode
/// does.
///
/// The look is that of qrencode's types of the same names. Colours other than black on white are set in 24
/// bits, as they are seen on white. Throws `Error` (`invalid`) for a format that is not one of these.
std::string to_text(const Picture& picture, Format format);

}  // namespace tocsin::qr::drawing
