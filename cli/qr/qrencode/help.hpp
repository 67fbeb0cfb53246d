// SPDX-License-Identifier: Apache-2.0
// What tocsin-qrencode says of itself.
#pragma once

#include <string>

namespace tocsin::cli::qr::qrencode {

/// The options that have a letter.
std::string qrencode_short_help();
/// All options.
std::string qrencode_help();
/// Begins as qrencode's own version does, for scripts that look for it.
std::string qrencode_version();

}  // namespace tocsin::cli::qr::qrencode
