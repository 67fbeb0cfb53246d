// SPDX-License-Identifier: Apache-2.0
// JSON and base64 as they are written: the small, fast half of the codec.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/event/event.hpp"

namespace tocsin::event {

/// Appends the text as a JSON string (RFC 8259, section 7), quotes included. The text must be UTF-8.
void append_json_string(std::string_view text, std::string& out);

/// Appends the event as one line of JSON (CloudEvents JSON format 1.0), without the line's end.
void append_json(const Event& event, std::string& out);

/// Appends the draft as one line of JSON, leaving out what it does not have.
void append_json(const Draft& draft, std::string& out);

/// Base64 (RFC 4648, section 4, with padding).
void append_base64(std::string_view bytes, std::string& out);
/// Nothing when the text is not base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace tocsin::event
