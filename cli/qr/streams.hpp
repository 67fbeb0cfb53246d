// SPDX-License-Identifier: Apache-2.0
// Bytes in and out of the program. Failures are `core::Exit` with the status `io` or `cant_create`.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tocsin::cli::qr {

/// All of standard input. Throws `Error` (`too_large`) when it is longer than any QR code could hold by far.
std::string read_standard_input();

/// Writes to standard output. When nobody reads it any more the status is `broken_pipe`.
void write_standard_output(std::string_view bytes);

/// Puts a file there whole or not at all: written under another name in the same folder, synced, renamed.
/// A file or link of that name is replaced; after a failure it is as it was.
void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace tocsin::cli::qr
