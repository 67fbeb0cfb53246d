// SPDX-License-Identifier: Apache-2.0
// The lists of a pipeline's cursor as the store keeps them: numbers, with spaces between and `;` behind each
// entry.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/pipeline/progress.hpp"

namespace tocsin::daemon::sqlite {

std::string to_text(const std::vector<pipeline::Aside>& aside);
std::string to_text(const std::vector<core::SequenceRange>& ranges);

/// Throw `internal` when the text is damaged.
std::vector<pipeline::Aside> parse_aside(std::string_view text);
std::vector<core::SequenceRange> parse_ranges(std::string_view text);

}  // namespace tocsin::daemon::sqlite
