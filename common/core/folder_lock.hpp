// SPDX-License-Identifier: Apache-2.0
// One owner per folder: a lock file that names the process which holds it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

namespace tocsin::core {

/// Creates the folder with this mode when it is missing. `what` ("state") names the folder in the error and
/// the option that chooses another. Throws `Exit` (74) when it can't be made or is no folder.
void prepare_folder(const std::filesystem::path& folder, mode_t mode, std::string_view what);

/// Holds a lock file (flock, so it goes with the process) and writes the owner's pid into it.
/// Throws `Exit`: 75 naming the owner when the folder is in use, 74 when the lock can't be taken.
class FolderLock {
 public:
    explicit FolderLock(const std::filesystem::path& file);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

 private:
    int descriptor_;
};

/// Keeps an owner out of a folder while it is looked at, and changes nothing in it. Several may look at once.
/// Without a lock file nobody has owned the folder yet, and nothing is held.
class FolderHold {
 public:
    /// Throws `Exit`: 75 naming the owner when there is one, 74 when the file can't be opened.
    explicit FolderHold(const std::filesystem::path& file);
    ~FolderHold();
    FolderHold(const FolderHold&) = delete;
    FolderHold& operator=(const FolderHold&) = delete;

 private:
    int descriptor_;
};

}  // namespace tocsin::core
