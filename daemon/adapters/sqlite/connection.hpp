// SPDX-License-Identifier: Apache-2.0
// Connections to the store, with every pragma read back, and SQLite's failures in Tocsin's words.
// Thread rule: one thread at a time has a connection; SQLite's own locks are off.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <string>

#include "common/core/error.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::daemon::sqlite {

/// "TCSN": written into the header of every store.
inline constexpr int application_id = 0x5443534E;

/// The one read-write connection. Throws `core::Exit` when the file is no store of ours, newer or damaged.
SQLite::Database open_writer(const std::filesystem::path& file);

/// A read-only connection. It never changes the files and never checkpoints.
SQLite::Database open_reader(const std::filesystem::path& file);

/// Makes a connection that reads what may be damaged or foreign a careful one. Throws as `open_reader` does.
void harden_reader(SQLite::Database& database);

/// Throws `core::Exit` (78) when the database is not Tocsin's, or newer than this program.
void refuse_foreign(SQLite::Database& database, const std::filesystem::path& file);

/// What an SQLite failure means for a caller: `store_full`, damage, or `store_io`.
core::Error to_error(const SQLite::Exception& failure, const std::string& doing);

/// What an SQLite failure means for a reader: damage, or `store_io`.
core::Error to_read_error(const SQLite::Exception& failure);

/// What an SQLite failure means while the store is opened: damage, unless the disk or its rights explain it.
core::Exit to_start_error(const SQLite::Exception& failure, const std::filesystem::path& file);

/// True when the failure leaves the store as it was and the next attempt may succeed.
bool is_full(const SQLite::Exception& failure) noexcept;

/// Runs a pragma and gives its first column as text; empty when it has no row.
std::string pragma(SQLite::Database& database, const std::string& text);

}  // namespace tocsin::daemon::sqlite
