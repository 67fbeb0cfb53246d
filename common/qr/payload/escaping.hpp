// SPDX-License-Identifier: Apache-2.0
// How the formats keep the characters that they use themselves out of values.
// Every function here may be called from any thread.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::qr::payload {

/// A backslash before each character that is one of `special`.
std::string backslashed(std::string_view text, std::string_view special);

/// `%XX` for every byte but the unreserved characters (RFC 3986, section 2.3) and those of `kept`. So `+` and
/// space become `%2B` and `%20`, which mean the same to readers that take `+` for a space.
std::string percent_encoded(std::string_view text, std::string_view kept = {});

/// A TEXT value of vCard and iCalendar: `\\`, `\;`, `\,`, and `\n` for a line end of any kind (RFC 2426,
/// section 4; RFC 6350, section 3.4; RFC 5545, section 3.3.11).
std::string content_text(std::string_view text);

/// The text with every line end (CRLF, LF or CR) as this one.
std::string with_line_ends(std::string_view text, std::string_view line_end);

}  // namespace tocsin::qr::payload
