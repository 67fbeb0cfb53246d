// SPDX-License-Identifier: Apache-2.0
// `emit --ndjson`: events from stdin, one acknowledged batch after another.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "cli/commands/spooling.hpp"
#include "cli/output/console.hpp"

namespace tocsin::cli::commands {

struct LinesOptions {
    std::optional<std::string> default_type;  ///< for lines that carry none
    Bus bus;
    std::chrono::milliseconds timeout{};  ///< for each batch: connecting and the acknowledgement
    output::Form form = output::Form::human;
};

/// A batch that the daemon can't take now is spooled. Throws at the first that is neither acknowledged nor
/// spooled, telling the line and what was done before.
void emit_lines(const LinesOptions& options, output::Console& console);

}  // namespace tocsin::cli::commands
