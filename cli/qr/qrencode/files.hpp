// SPDX-License-Identifier: Apache-2.0
// The files that tocsin-qrencode writes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/output/files.hpp"

namespace tocsin::cli::qr::qrencode {

/// Puts the files where qrencode would put them, each whole or not at all as `write_files`, and with the
/// permissions that the files of these names had in common. A file that its folder won't let be replaced, and
/// one that the shell holds open for us, are written over. Throws an `Exit` (73, 74).
void write_as_qrencode(const std::vector<output::NamedBytes>& files);

/// The file of the structured symbol with this number (from 1): `NAME-01.png`, where `NAME.png` has the
/// ending in upper or lower case; `NAME-01` where it has another.
std::string numbered_name(const std::string& name, std::string_view ending, int number);

}  // namespace tocsin::cli::qr::qrencode
