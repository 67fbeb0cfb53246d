// SPDX-License-Identifier: Apache-2.0
// Phone numbers in URIs (RFC 3966).
// Every function here may be called from any thread.
#pragma once

#include <string>

namespace tocsin::qr::payload {

/// Without the marks that are for people (`-`, `.`, `(`, `)`, spaces and `/`): they only lengthen the symbol,
/// and say nothing (section 5.1.1).
std::string without_marks(const std::string& number);

/// A number with its country code: `+` and 4 to 15 digits, the first one not 0 (section 5.1.4; ITU-T E.164,
/// section 6), without marks. Throws `Error` (`invalid`).
std::string global_number(const std::string& number);

/// A number that only means something in a place: digits, `*` and `#`, without marks.
/// Throws `Error` (`invalid`).
std::string local_number(const std::string& number);

}  // namespace tocsin::qr::payload
