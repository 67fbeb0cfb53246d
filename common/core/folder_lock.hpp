// SPDX-License-Identifier: Apache-2.0
// One owner per folder: a lock file that names the process which holds it.
#pragma once

#include <filesystem>
#include <string>

namespace tocsin::core {

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

}  // namespace tocsin::core
