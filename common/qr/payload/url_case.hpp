// SPDX-License-Identifier: Apache-2.0
// The parts of a URL whose case means nothing, in the case that takes fewer modules.
// May be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::qr::payload {

/// Capitals are alphanumeric mode's letters. Some readers take a URL only with a scheme in lower case, so
/// that is the safe form; it costs five bytes.
enum class UrlCase {
    keep,
    safe,  ///< scheme in lower case, host in upper case
    max,   ///< scheme, host and the digits of percent-encoded bytes in upper case
};

/// The inverse of the names `keep`, `safe` and `max`; nothing for another word.
std::optional<UrlCase> url_case_named(std::string_view name) noexcept;

/// An http or https URL with its scheme and host in that case (RFC 3986, section 6.2.2.1: both mean the
/// same); user, path, query and fragment stay as they are. Any other text stays as it is.
std::string with_case(std::string_view text, UrlCase url_case);

}  // namespace tocsin::qr::payload
