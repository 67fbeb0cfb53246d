// SPDX-License-Identifier: Apache-2.0
// `tocsin qr TEXT` and `tocsin qr PAYLOAD`: one text becomes one code, or several that belong together.
#pragma once

#include <string_view>

#include "cli/output/console.hpp"
#include "cli/words/options.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::cli::qr::making {

core::ExitStatus make_code(const words::Line& line, output::Console& console);

/// The builder is known by the line's command: `qr wifi`.
core::ExitStatus make_payload(const words::Line& line, std::string_view builder, output::Console& console);

}  // namespace tocsin::cli::qr::making
