// SPDX-License-Identifier: Apache-2.0
// An eponymous virtual table `batch` over rows in memory: one INSERT … SELECT stores a whole commit.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <vector>

#include "daemon/adapters/sqlite/row.hpp"

namespace tocsin::daemon::sqlite {

/// Registers the table on a connection. `rows` is what the table shows from then on; it must outlive the
/// connection, and must not change while a statement runs.
void register_batch_table(SQLite::Database& database, const std::vector<NewRow>& rows);

/// Puts the values of a row into a statement's parameters 1…, columns as in `row_columns`.
void bind_row(SQLite::Statement& statement, const NewRow& row);

}  // namespace tocsin::daemon::sqlite
