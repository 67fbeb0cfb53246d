// SPDX-License-Identifier: Apache-2.0
// Looks at a store, or at a backup of one, and tells what is wrong with it. Changes nothing.
#pragma once

#include <filesystem>

#include "daemon/adapters/sqlite/diagnosis.hpp"

namespace tocsin::daemon::sqlite {

/// Looks at the store in a state folder, whose daemon must not run. Throws `core::Exit`: 75 when it does, 66
/// when there is no store, 78 when what is there is not Tocsin's or newer than this program, 74 on I/O
/// errors.
Diagnosis examine_store(const std::filesystem::path& folder, Depth depth);

/// Looks at a backup: a database by itself. Throws as above, but for 75.
Diagnosis examine_backup(const std::filesystem::path& file, Depth depth);

}  // namespace tocsin::daemon::sqlite
