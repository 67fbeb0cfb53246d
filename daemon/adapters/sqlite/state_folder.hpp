// SPDX-License-Identifier: Apache-2.0
// The folder that holds the store, and the lock that keeps a second daemon out.
#pragma once

#include <filesystem>

#include "common/core/folder_lock.hpp"

namespace tocsin::daemon::sqlite {

/// Creates the folder (mode 0750) when it is missing and locks it for as long as this object lives.
/// Throws `core::Exit`: 75 when another daemon has it, 78 on a network file system, 74 on I/O errors.
class StateFolder {
 public:
    explicit StateFolder(const std::filesystem::path& path);

    const std::filesystem::path& path() const noexcept { return path_; }

 private:
    std::filesystem::path path_;
    core::FolderLock lock_;
};

}  // namespace tocsin::daemon::sqlite
