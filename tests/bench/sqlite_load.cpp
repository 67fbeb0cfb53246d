// SPDX-License-Identifier: Apache-2.0
// Plain SQLite: one row in a commit, with the write-ahead log treated as Tocsin treats its own, and nothing
// else around it. The floor under a lone publish.
#include <sqlite3.h>

#include <memory>

#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: sqlite_load --database FILE [--warmup 0.5] [--seconds 2]\n"
    "Commits single rows of a 200-byte event: WAL, synchronous=FULL, no index besides the rowid, the WAL "
    "written\n"
    "once before (32 MiB) so that commits overwrite, a PASSIVE checkpoint when it has 8000 frames.\n"
    "Prints JSON: commits, seconds, rate, p50_us, p99_us of a commit.";

constexpr int wal_mebibytes = 32;
constexpr int checkpoint_frames = 8000;

class Database {
 public:
    explicit Database(const std::string& path) {
        check(sqlite3_open(path.c_str(), &handle_), "open");
        execute(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
            "PRAGMA journal_size_limit=67108864");
        execute(
            "CREATE TABLE event(seq INTEGER PRIMARY KEY, type INTEGER NOT NULL, recorded INTEGER NOT NULL,"
            "sum INTEGER NOT NULL, source INTEGER NOT NULL, auth INTEGER NOT NULL, minted INTEGER NOT NULL,"
            "id BLOB NOT NULL, attrs TEXT, data)");
        grow_wal();
        const char* insert = "INSERT INTO event VALUES(NULL, 1, ?1, ?1, 1, 1, 1, ?2, NULL, ?3)";
        check(sqlite3_prepare_v2(handle_, insert, -1, &insert_, nullptr), "prepare");
        sqlite3_wal_hook(
            handle_,
            [](void* frames, sqlite3*, const char*, int count) {
                *static_cast<int*>(frames) = count;
                return SQLITE_OK;
            },
            &frames_);
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database() {
        sqlite3_finalize(insert_);
        sqlite3_close(handle_);
    }

    void commit_row(std::int64_t number, const std::string& data) {
        const std::string id(16, 'i');
        sqlite3_bind_int64(insert_, 1, number);
        sqlite3_bind_blob(insert_, 2, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
        sqlite3_bind_text(insert_, 3, data.data(), static_cast<int>(data.size()), SQLITE_STATIC);
        if (sqlite3_step(insert_) != SQLITE_DONE) fail(sqlite3_errmsg(handle_));
        sqlite3_reset(insert_);
    }

    void checkpoint_if_due() {
        if (frames_ < checkpoint_frames) return;
        frames_ = 0;
        check(sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr),
              "checkpoint");
    }

 private:
    void check(int result, const char* doing) const {
        if (result != SQLITE_OK) fail(std::string(doing) + ": " + sqlite3_errmsg(handle_));
    }

    void execute(const std::string& sql) {
        check(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr), "sql");
    }

    /// Spills pages of a transaction into the log and rolls it back: the file keeps its size.
    void grow_wal() {
        execute(
            "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA cache_size=16; BEGIN IMMEDIATE; CREATE TABLE grown(x)");
        for (int i = 0; i < wal_mebibytes; ++i) execute("INSERT INTO grown VALUES(zeroblob(1048576))");
        execute("ROLLBACK; PRAGMA cache_size=-2000");
    }

    sqlite3* handle_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    int frames_ = 0;
};

void run(const Arguments& arguments) {
    const double seconds = arguments.real("--seconds", 2.0);
    const std::string data = "{\"order\":4711,\"amount\":250.5,\"customer\":\"Example & Co\",\"note\":\"" +
                             std::string(104, 'n') + "\"}";
    Database database(arguments.required("--database"));
    Latencies latencies;
    const auto begin = SteadyClock::now() + from_seconds(arguments.real("--warmup", 0.5));
    const auto end = begin + from_seconds(seconds);
    std::int64_t number = 0;
    for (auto now = SteadyClock::now(); now < end; now = SteadyClock::now()) {
        database.commit_row(++number, data);
        if (now >= begin) latencies.add(SteadyClock::now() - now);
        database.checkpoint_if_due();
    }
    std::printf("{\"commits\":%zu,\"seconds\":%.3f,\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
                latencies.count(), seconds, static_cast<double>(latencies.count()) / seconds,
                latencies.percentile_us(50), latencies.percentile_us(99));
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    run(Arguments(argc, argv, usage, {"--database", "--warmup", "--seconds"}));
    return 0;
}
