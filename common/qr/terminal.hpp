// SPDX-License-Identifier: Apache-2.0
// A QR code as lines of text: half blocks, two rows of modules a line, in UTF-8.
// May be called from any thread.
#pragma once

#include <string>

#include "common/qr/symbol.hpp"

namespace tocsin::qr {

/// How a module gets its colour.
enum class Ink {
    escapes,  ///< black on white by escape sequences: right on dark and on light terminals
    plain,    ///< no escapes; light modules are drawn as blocks, so it is right where text is light on dark
};

/// As many columns as `outer_size`, and half as many lines (rounded up), each with a line end.
std::string to_terminal(const Symbol& symbol, Ink ink);

}  // namespace tocsin::qr
