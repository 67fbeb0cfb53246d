// SPDX-License-Identifier: Apache-2.0
// What a payload builder makes: the text of a symbol, and what the text's format asks of the symbol.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::qr::payload {

/// Conditions that a format puts on the symbol.
struct Demands {
    char level = 'M';         ///< the error correction level, exactly this one: L, M, Q or H
    int max_version = 40;     ///< the largest QR code version
    std::string_view source;  ///< the document that says so, for messages
};

struct Payload {
    std::string text;  ///< UTF-8
    std::optional<Demands> demands{};
};

}  // namespace tocsin::qr::payload
