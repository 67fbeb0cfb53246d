// SPDX-License-Identifier: Apache-2.0
// tocsin-qrencode: the options and the output of qrencode 4.1.1, without its bugs.
#pragma once

#include <span>

#include "cli/output/console.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::cli::qr::qrencode {

/// What qrencode ends with whatever went wrong; scripts that call it know no other status.
inline constexpr core::ExitStatus qrencode_failed{1};

/// Does what the words, those behind the program's name, ask for. What fails is told on standard error, and
/// the status is `qrencode_failed`. Thread rule: one thread (getopt keeps its place in global variables).
core::ExitStatus run_qrencode(std::span<const char* const> words, output::Console& console);

}  // namespace tocsin::cli::qr::qrencode
