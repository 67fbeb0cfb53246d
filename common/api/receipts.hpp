// SPDX-License-Identifier: Apache-2.0
// The reply to an emit: `{"receipts":[{"id":…,"sequence":…,"duplicate":false}]}`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/event/event.hpp"

namespace tocsin::api {

std::string receipts_json(const std::vector<event::Receipt>& receipts);

/// One receipt as an object, for a line of output.
void append_receipt(const event::Receipt& receipt, std::string& out);

/// Throws `internal` when the text is not such a reply.
std::vector<event::Receipt> parse_receipts(std::string_view json);

}  // namespace tocsin::api
