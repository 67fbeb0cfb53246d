// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/connection.hpp"

#include <sqlite3.h>

#include <array>
#include <fstream>
#include <string_view>
#include <utility>

#include "common/core/exit_status.hpp"
#include "daemon/adapters/sqlite/damage.hpp"
#include "daemon/adapters/sqlite/durability.hpp"
#include "daemon/adapters/sqlite/migrations.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Error;
using core::Exit;
using core::ExitStatus;

// SQLite reports some failures only by leaving a pragma as it was, so each one is read back.
constexpr std::array<Setting, 8> writer_settings{{{"journal_mode", "WAL", "wal"},
                                                  {"wal_autocheckpoint", "0", "0"},
                                                  {"journal_size_limit", "67108864", "67108864"},
                                                  {"mmap_size", "0", "0"},  // mmap turns EIO into SIGBUS
                                                  {"temp_store", "MEMORY", "2"},
                                                  {"secure_delete", "OFF", "0"},
                                                  {"trusted_schema", "OFF", "0"},
                                                  {"cell_size_check", "ON", "1"}}};

constexpr std::array<Setting, 4> reader_settings{{{"query_only", "ON", "1"},
                                                  {"mmap_size", "0", "0"},
                                                  {"trusted_schema", "OFF", "0"},
                                                  {"cell_size_check", "ON", "1"}}};

void apply(SQLite::Database& database, const Setting& setting) {
    pragma(database, std::string(setting.name) + "=" + setting.value);
    const std::string value = pragma(database, setting.name);
    if (value == setting.reads_back) return;
    throw Exit(ExitStatus::io, Code::unavailable,
               "the store keeps " + std::string(setting.name) + " at '" + value + "' instead of " +
                   setting.reads_back,
               "check the disk and the file's permissions");
}

void harden(SQLite::Database& database) {
    sqlite3_extended_result_codes(database.getHandle(), 1);
    sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    database.setBusyTimeout(5000);
}

/// True when the header itself names a format that may only be read (file format, offset 18). Else SQLite
/// could not open a file for writing, and fell back to reading.
bool forbids_writing(const std::filesystem::path& file) {
    constexpr std::streamoff write_version = 18;
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(write_version);
    return stream.get() > 2;
}

/// An empty file, or what a first start leaves that was cut off before its first migration.
bool is_unborn(SQLite::Database& database) {
    if (pragma(database, "page_count") == "0") return true;
    if (pragma(database, "application_id") != "0" || pragma(database, "user_version") != "0") return false;
    return database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
}

void create(SQLite::Database& database) {
    pragma(database, "auto_vacuum=INCREMENTAL");  // takes effect only before the first table
    pragma(database, "page_size=4096");
}

void migrate(SQLite::Database& database) {
    std::size_t version = std::stoul(pragma(database, "user_version"));
    for (; version < migrations().size(); ++version) {
        SQLite::Transaction transaction(database);
        database.exec(std::string(migrations()[version]));
        pragma(database, "application_id=" + std::to_string(application_id));
        pragma(database, "user_version=" + std::to_string(version + 1));
        transaction.commit();
    }
}

}  // namespace

void refuse_foreign(SQLite::Database& database, const std::filesystem::path& file) {
    const std::string id = pragma(database, "application_id");
    const int version = std::stoi(pragma(database, "user_version"));
    const auto known = static_cast<int>(migrations().size());
    if (id != std::to_string(application_id))
        throw Exit(ExitStatus::config, Code::conflict,
                   file.string() + " is an SQLite database, but not Tocsin's",
                   "name another state folder, or move the file away");
    if (version > known)
        throw Exit(ExitStatus::config, Code::conflict,
                   file.string() + " has schema version " + std::to_string(version) + ", newer than " +
                       std::to_string(known) + ", the newest that this tocsind knows",
                   "install the version of tocsind that wrote it, or a later one");
}

void harden_reader(SQLite::Database& database) {
    harden(database);
    for (const Setting& setting : reader_settings) apply(database, setting);
}

std::string pragma(SQLite::Database& database, const std::string& text) {
    SQLite::Statement statement(database, "PRAGMA " + text);
    if (!statement.executeStep()) return {};
    std::string value = statement.getColumn(0).getString();
    // A pragma that fails may give its row first: journal_mode says "wal" and leaves a rollback journal
    // behind.
    while (statement.executeStep()) {
    }
    return value;
}

SQLite::Database open_writer(const std::filesystem::path& file) {
    SQLite::Database database(file.string(),
                              SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX);
    harden(database);
    if (is_unborn(database))
        create(database);
    else
        refuse_foreign(database, file);
    for (const Setting& setting : writer_settings) apply(database, setting);
    apply(database, durability);
    migrate(database);
    return database;
}

SQLite::Database open_reader(const std::filesystem::path& file) {
    SQLite::Database database(file.string(), SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX);
    harden_reader(database);
    return database;
}

bool is_full(const SQLite::Exception& failure) noexcept { return failure.getErrorCode() == SQLITE_FULL; }

Error to_error(const SQLite::Exception& failure, const std::string& doing) {
    const std::string message = doing + ": " + failure.getErrorStr();
    switch (failure.getErrorCode() & 0xFF) {
        case SQLITE_FULL:
            return Error::unavailable(core::Reason::store_full, message,
                                      "free disk space; intake resumes by itself");
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Error(Code::internal, message + " (the store is damaged)", damage_hint);
        default:
            return Error::unavailable(
                core::Reason::store_io,
                message + " (code " + std::to_string(failure.getExtendedErrorCode()) + ")",
                "the outcome is unknown: send it again with the same id");
    }
}

Error to_read_error(const SQLite::Exception& failure) {
    Error error = to_error(failure, "the store can't be read");
    if (error.reason() != core::Reason::store_io) return error;
    return Error::unavailable(core::Reason::store_io, error.what(), "try again, and check the disk");
}

Exit to_start_error(const SQLite::Exception& failure, const std::filesystem::path& file) {
    const std::string message = "can't open " + file.string() + ": " + failure.getErrorStr();
    const int code = failure.getErrorCode() & 0xFF;
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return Exit(ExitStatus::try_again, Code::unavailable, message,
                    "another process has it open: end that first");
    const bool is_io = code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_PERM ||
                       code == SQLITE_FULL || code == SQLITE_NOMEM ||
                       (code == SQLITE_READONLY && !forbids_writing(file));
    if (is_io)
        return Exit(ExitStatus::io, Code::unavailable, message,
                    "check the disk, its free space and the file's permissions");
    return Exit(ExitStatus::software, Code::internal, message + " (the store is damaged)", damage_hint);
}

}  // namespace tocsin::daemon::sqlite
