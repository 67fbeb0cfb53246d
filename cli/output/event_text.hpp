// SPDX-License-Identifier: Apache-2.0
// Events as people read them. No interface: scripts ask for --json.
#pragma once

#include <cstddef>
#include <string>

#include "cli/output/paint.hpp"
#include "cli/output/raw_json.hpp"

namespace tocsin::cli::output {

/// One line: local time, sequence, type, subject or sender, data. Cut to so many columns; 0: not cut.
std::string event_line(const RawEvent& event, const Paint& paint, std::size_t columns);

/// A line for each attribute, then the data over several lines.
std::string event_page(const RawEvent& event, const Paint& paint);

/// The place in the log without its leading zeros.
std::string short_sequence(const RawEvent& event);

}  // namespace tocsin::cli::output
