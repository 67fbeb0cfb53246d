// SPDX-License-Identifier: Apache-2.0
// A place on the earth (RFC 5870).
// May be called from any thread.
#pragma once

#include <string>

#include "common/qr/payload/payload.hpp"

namespace tocsin::qr::payload {

/// Numbers are decimal text, which is kept as it is: its places say how exact it is (section 3.4.1), and no
/// exponent or dot at the end can come up (section 3.3).
struct Geo {
    std::string latitude;       ///< degrees north, -90 to 90 (WGS 84)
    std::string longitude;      ///< degrees east, -180 to 180
    std::string altitude{};     ///< metres above the ellipsoid; may be empty
    std::string uncertainty{};  ///< metres; may be empty
    std::string label{};        ///< shown by maps on Android (`?q=`), not part of the RFC; may be empty
};

/// Throws `Error` (`invalid`).
Payload to_payload(const Geo& place);

}  // namespace tocsin::qr::payload
