// SPDX-License-Identifier: Apache-2.0
// Numbers as vector formats write them. May be called from any thread.
#pragma once

#include <string>

namespace tocsin::qr::drawing {

/// Appends the number rounded to so many decimals, without anything that can be left out: `7`, `-1.25`, `.5`.
void append_number(double value, int decimals, std::string& out);

}  // namespace tocsin::qr::drawing
