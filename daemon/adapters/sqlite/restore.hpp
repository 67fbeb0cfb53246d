// SPDX-License-Identifier: Apache-2.0
// Puts a backup in a store's place, whole or not at all.
#pragma once

#include <filesystem>
#include <string>

#include "common/core/clock.hpp"
#include "daemon/adapters/sqlite/diagnosis.hpp"

namespace tocsin::daemon::sqlite {

/// What may happen to a store that is there already.
enum class IfThere { refuse, set_aside };

struct Restored {
    Diagnosis backup;
    std::filesystem::path folder;
    std::filesystem::path aside;  ///< where the store that was there lies now; empty when there was none
    core::Seq head = 0;           ///< the log goes on behind it
    std::string epoch;            ///< a new one
};

/// `backup` may be `-`, standard input. Checks it deeply before anything is changed, gives it a new epoch and
/// a mark, and puts it into the folder in one step. Where a newer store is set aside, the log goes on behind
/// that one's mark, and what lies between is told as missing: no sequence is used twice. Throws `core::Exit`:
/// 75 when the daemon runs, 73 when the folder holds a store or can't be made, 66 when there is no such file,
/// 70 when the backup is damaged, 78 when it is not Tocsin's or newer than this program, 74 on I/O errors.
Restored restore(const std::filesystem::path& backup, const std::filesystem::path& folder, IfThere if_there,
                 const core::Clock& clock);

std::string report_text(const Restored& restored);
/// One object on a line.
std::string report_json(const Restored& restored);

}  // namespace tocsin::daemon::sqlite
