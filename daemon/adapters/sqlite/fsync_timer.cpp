// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/fsync_timer.hpp"

#include <sqlite3.h>

#include <chrono>
#include <memory>

namespace tocsin::daemon::sqlite {
namespace {

/// The WAL file's own methods with one replaced. SQLite passes only the file, and the file points here.
struct TimedMethods {
    sqlite3_io_methods methods{};
    const sqlite3_io_methods* original = nullptr;
    metrics::Histogram* seconds = nullptr;
};

int timed_sync(sqlite3_file* file, int flags) {
    const auto* timed = reinterpret_cast<const TimedMethods*>(file->pMethods);
    const auto start = std::chrono::steady_clock::now();
    const int result = timed->original->xSync(file, flags);
    timed->seconds->observe(std::chrono::steady_clock::now() - start);
    return result;
}

/// Gives the file its own methods back, so that nothing points to the timer after it is gone.
int timed_close(sqlite3_file* file) {
    const std::unique_ptr<const TimedMethods> timed(reinterpret_cast<const TimedMethods*>(file->pMethods));
    file->pMethods = timed->original;
    return timed->original->xClose(file);
}

}  // namespace

void time_fsyncs(SQLite::Database& database, metrics::Histogram& seconds) {
    sqlite3_file* wal = nullptr;
    sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (wal == nullptr || wal->pMethods == nullptr) return;
    auto timed = std::make_unique<TimedMethods>();
    timed->methods = *wal->pMethods;
    timed->methods.xSync = timed_sync;
    timed->methods.xClose = timed_close;
    timed->original = wal->pMethods;
    timed->seconds = &seconds;
    wal->pMethods = &timed.release()->methods;  // owned by the file until it is closed
}

}  // namespace tocsin::daemon::sqlite
