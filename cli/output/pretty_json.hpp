// SPDX-License-Identifier: Apache-2.0
// JSON over several lines, for people.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::cli::output {

/// Sets the tokens of one JSON value on lines of their own, two spaces a level; the tokens stay as they are.
std::string pretty_json(std::string_view json);

}  // namespace tocsin::cli::output
