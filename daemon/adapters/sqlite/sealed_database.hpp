// SPDX-License-Identifier: Apache-2.0
// A database that SQLite reads and can't touch: no lock, no index of the log, no file beside it.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>

namespace tocsin::daemon::sqlite {

/// SQLite would make a `-shm` file beside a database in WAL mode, even to read it, and roll files forward.
/// Here it gets its files from a VFS of its own: the database through a descriptor that can only read, the
/// write-ahead log from memory, and the log's index on the heap (which exclusive locking brings about). Locks
/// are granted without a question, so the caller keeps writers out. Thread rule: one thread.
class SealedDatabase {
 public:
    /// `wal` is the content of the write-ahead log, empty for none; it must outlive this. Nothing of the file
    /// is read yet. Throws `core::Exit` (66, 74) when the file can't be opened.
    SealedDatabase(const std::filesystem::path& file, const std::string& wal);
    ~SealedDatabase();
    SealedDatabase(const SealedDatabase&) = delete;
    SealedDatabase& operator=(const SealedDatabase&) = delete;

    SQLite::Database& database() noexcept { return *database_; }

 private:
    struct Vfs;
    std::unique_ptr<Vfs> vfs_;
    std::unique_ptr<SQLite::Database> database_;
};

}  // namespace tocsin::daemon::sqlite
