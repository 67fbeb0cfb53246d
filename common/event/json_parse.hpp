// SPDX-License-Identifier: Apache-2.0
// Reads back events that a daemon sent: the forgiving half of the codec, for clients.
#pragma once

#include <string_view>

#include "common/event/event.hpp"

namespace tocsin::event {

/// Reads one CloudEvent as the daemon writes it. Throws `invalid` when the text is not one.
Event parse_event(std::string_view json);

/// True when the text is one JSON value (RFC 8259).
bool is_json(std::string_view text);

}  // namespace tocsin::event
