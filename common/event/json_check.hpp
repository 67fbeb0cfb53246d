// SPDX-License-Identifier: Apache-2.0
// Looks at JSON that a user typed: the client's half of the codec, which sends texts as they are.
#pragma once

#include <string_view>

namespace tocsin::event {

/// True when the text is one JSON value (RFC 8259).
bool is_json(std::string_view text);

/// The same for JSON that the daemon will take: UTF-8, no name twice in one object, no number beyond a
/// double's range, at most 256 levels. Slower; for JSON that no daemon looks at now.
bool is_strict_json(std::string_view text);

}  // namespace tocsin::event
