// SPDX-License-Identifier: Apache-2.0
// `emit --ndjson`: events from stdin, one acknowledged batch after another.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "cli/output/console.hpp"

namespace tocsin::cli::commands {

struct LinesOptions {
    std::optional<std::string> default_type;  ///< for lines that carry none
    std::string socket;
    std::chrono::milliseconds timeout{};  ///< for each batch: connecting and the acknowledgement
    output::Form form = output::Form::human;
};

/// Throws at the first batch that is not acknowledged, telling the line and what was acknowledged before.
void emit_lines(const LinesOptions& options, output::Console& console);

}  // namespace tocsin::cli::commands
