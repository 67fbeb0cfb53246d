// SPDX-License-Identifier: Apache-2.0
// Looks at JSON that a user typed: the client's half of the codec, which sends texts as they are.
#pragma once

#include <cstddef>
#include <string_view>

namespace tocsin::event {

/// The daemon takes JSON that is nested this deep.
inline constexpr std::size_t max_json_depth = 256;

/// True when the text is one JSON value (RFC 8259).
bool is_json(std::string_view text);

/// The same for JSON that the daemon will take: UTF-8, no name twice in one object, no number beyond a
/// double's range, at most `max_json_depth` levels. Slower; for JSON that no daemon looks at now.
bool is_strict_json(std::string_view text);

}  // namespace tocsin::event
