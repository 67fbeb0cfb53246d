// SPDX-License-Identifier: Apache-2.0
// Files read and copied without SQLite, with errors that name the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/core/descriptor.hpp"

namespace tocsin::daemon::sqlite {

using core::Descriptor;

/// Opens a file for reading only. Throws `core::Exit`: 66 when there is none, 74 when it can't be opened.
Descriptor open_to_read(const std::filesystem::path& file);

enum class IfMissing { fail, empty };
/// A whole file. Throws as `open_to_read` does.
std::string read_file(const std::filesystem::path& file, IfMissing if_missing);

/// Copies what the descriptor gives into a new file, mode 0600, and syncs it. Throws `core::Exit` (I/O).
void copy_to_new_file(int from, const std::filesystem::path& from_name, const std::filesystem::path& to);

/// Syncs a folder, so that what was made, moved or removed in it stays so. Throws `core::Exit` (I/O).
void sync_folder(const std::filesystem::path& folder);

/// Bytes that this user may still write to the file system of the path. Throws `core::Exit` (I/O).
std::uint64_t free_bytes_at(const std::filesystem::path& path);

/// Throws `core::Exit` (I/O) when the folder has no room for a copy of the file. `what` begins the sentence,
/// as in "the backup has". A file whose size can't be told passes: the copying itself will say.
void require_room_for_copy(const std::filesystem::path& file, const std::filesystem::path& folder,
                           const std::string& what, const std::string& hint);

}  // namespace tocsin::daemon::sqlite
