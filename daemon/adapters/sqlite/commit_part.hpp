// SPDX-License-Identifier: Apache-2.0
// What joins a commit beside events: rows of others, in the same transaction.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <functional>
#include <optional>

#include "common/core/error.hpp"

namespace tocsin::daemon::sqlite {

/// `write` runs within the transaction, `done` after it, both on the committing thread. When a write fails
/// the whole transaction is taken back.
struct CommitPart {
    std::function<void(SQLite::Database&)> write;
    std::function<void(const std::optional<core::Error>&)> done;
};

}  // namespace tocsin::daemon::sqlite
