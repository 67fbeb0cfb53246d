// SPDX-License-Identifier: Apache-2.0
// Bytes in and out of the program. Failures are `core::Exit` with the status that they have for a shell.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::cli::output {

/// All of standard input. Throws `Error` (`too_large`) when it is longer than that.
std::string read_standard_input(std::size_t max_bytes);

/// All of a file; `-` stands for standard input. Throws an `Exit` (66, 74), or `Error` (`too_large`).
std::string read_file(const std::string& name, std::size_t max_bytes);

struct NamedBytes {
    std::filesystem::path file;
    std::string bytes;
};

/// Puts files there whole, all or none: written under other names in their folders, synced, renamed. A file
/// of that name is replaced; after a failure it is as it was. What is no plain file (a device, a pipe) is
/// written to.
void write_files(const std::vector<NamedBytes>& files);

}  // namespace tocsin::cli::output
