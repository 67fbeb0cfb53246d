// SPDX-License-Identifier: Apache-2.0
// `tocsin qr sheet`: labels to print, one for each row of a table.
#pragma once

#include "cli/output/console.hpp"
#include "cli/words/options.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::cli::qr::making {

/// Status 65 when rows were at fault; all others are on the sheet then.
core::ExitStatus make_sheet(const words::Line& line, output::Console& console);

}  // namespace tocsin::cli::qr::making
