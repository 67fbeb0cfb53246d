// SPDX-License-Identifier: Apache-2.0
// What only the store on disk has: starts, the high-water mark, the dedupe window over restarts, damage.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <fstream>
#include <memory>

#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"
#include "daemon/adapters/sqlite/sqlite_event_log.hpp"
#include "tests/support/appending.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::tests {
namespace {

using daemon::eventlog::AppendResult;
using daemon::sqlite::HighWaterMark;
using daemon::sqlite::Options;
using daemon::sqlite::SqliteEventLog;
using event::Draft;
using event::Receipt;

class Store : public testing::Test {
 protected:
    void open() {
        log_.reset();
        log_ = std::make_unique<SqliteEventLog>(folder_.path(), options_, clock_, metrics_,
                                                [this](const core::Error&) { failed_ = true; });
    }
    void close() { log_.reset(); }

    static Draft draft(const std::string& id, const std::string& json = "1") {
        return {event::Topic::parse("a.b"),      "//test", id, event::IdOrigin::client, {},
                {event::Data::Kind::json, json}, 0};
    }

    AppendResult append(std::vector<Draft> drafts) { return append_and_wait(*log_, std::move(drafts)); }
    Receipt store(const Draft& one) { return std::get<std::vector<Receipt>>(append({one})).at(0); }
    void store_many(int count, const std::string& prefix) {
        std::vector<Draft> drafts;
        for (int i = 0; i < count; ++i) drafts.push_back(draft(prefix + std::to_string(i)));
        ASSERT_TRUE(std::holds_alternative<std::vector<Receipt>>(append(drafts)));
    }

    core::ExitStatus status_of_failed_open() {
        try {
            open();
        } catch (const core::Error& error) {
            EXPECT_FALSE(std::string(error.what()).empty());
            EXPECT_FALSE(error.hint().empty()) << error.what();
            return core::exit_status_of(error);
        }
        return core::ExitStatus::ok;
    }

    std::filesystem::path file() const { return folder_.path() / core::store_file; }
    std::filesystem::path mark() const { return folder_.path() / core::mark_file; }

    void sql(const std::string& text) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }

    void flip_byte(const std::filesystem::path& path, std::streamoff place) {
        std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(place);
        const char byte = static_cast<char>(stream.get() ^ 0x20);
        stream.seekp(place);
        stream.put(byte);
    }

    TemporaryFolder folder_;
    ManualClock clock_;
    daemon::metrics::Metrics metrics_;
    Options options_{.wal_bytes = 4U << 20};
    std::atomic<bool> failed_ = false;
    std::unique_ptr<SqliteEventLog> log_;
};

TEST_F(Store, KeepsEventsAndEpochOverARestart) {
    open();
    const std::string epoch = log_->status().epoch;
    store_many(5000, "x");
    close();
    open();
    EXPECT_EQ(log_->head(), 5000U);
    EXPECT_EQ(log_->status().events, 5000U);
    EXPECT_EQ(log_->status().epoch, epoch);
    EXPECT_TRUE(log_->warnings().empty());
    EXPECT_EQ(log_->get(4999)->id, "x4998");
    EXPECT_EQ(log_->types().at(0).count, 5000U);
    EXPECT_EQ(store(draft("y")).seq, 5001U);
}

TEST_F(Store, TheDedupeWindowIsRebuiltFromBlocksAndTail) {
    open();
    store_many(9000, "x");
    close();
    open();
    EXPECT_EQ(store(draft("x17")), (Receipt{"x17", 18, Receipt::Outcome::duplicate}));
    EXPECT_EQ(store(draft("x8999")), (Receipt{"x8999", 9000, Receipt::Outcome::duplicate}));
    EXPECT_TRUE(std::holds_alternative<core::Error>(append({draft("x17", "2")})));
}

TEST_F(Store, ADuplicateIsOneOnlyWhileTheFirstIsYoung) {
    open();
    store(draft("x"));
    clock_.advance(std::chrono::hours(24) - std::chrono::seconds(1));
    EXPECT_EQ(store(draft("x")).outcome, Receipt::Outcome::duplicate);
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(store(draft("x")), (Receipt{"x", 2, Receipt::Outcome::stored}));
    EXPECT_EQ(store(draft("x", "1")).outcome, Receipt::Outcome::duplicate);
}

TEST_F(Store, ADuplicateIsOneOnlyAmongTheLastIds) {
    options_.dedupe_max_ids = 4096;
    open();
    store(draft("first"));
    for (int i = 0; i < 10; ++i) store_many(4096, std::to_string(i) + "-");
    EXPECT_EQ(store(draft("first")).outcome, Receipt::Outcome::stored);
    EXPECT_EQ(store(draft("9-4000")).outcome, Receipt::Outcome::duplicate);
}

TEST_F(Store, ABatchMayFillSeveralBlocks) {
    open();
    store_many(20'000, "x");
    store_many(20'000, "x");
    EXPECT_EQ(log_->head(), 20'000U);
    EXPECT_EQ(log_->find("x12345", 5).at(0).seq, 12'346U);
}

TEST_F(Store, AMarkAheadOfTheStoreNamesWhatIsMissing) {
    open();
    store_many(10, "x");
    const std::string epoch = log_->status().epoch;
    close();
    {
        HighWaterMark ahead(mark());
        auto now = *ahead.read();
        now.seq = 25;
        ahead.write(now);
    }
    open();
    EXPECT_FALSE(log_->warnings().empty());
    EXPECT_NE(log_->status().epoch, epoch);
    ASSERT_EQ(log_->status().missing.size(), 1U);
    EXPECT_EQ(log_->status().missing[0], (core::SequenceRange{11, 25}));
    const std::string first = log_->status().epoch;
    open();
    EXPECT_EQ(log_->status().epoch, first) << "the same loss is not found twice";
    EXPECT_EQ(log_->status().missing.size(), 1U);
    EXPECT_EQ(store(draft("y")).seq, 26U);
    const auto page = log_->read({.after = 9, .types = {}, .source = {}});
    ASSERT_EQ(page.events.size(), 2U);
    EXPECT_EQ(page.events[1].seq, 26U);
    const std::string second = log_->status().epoch;
    close();
    open();
    EXPECT_TRUE(log_->warnings().empty());
    EXPECT_EQ(log_->status().epoch, second);
    EXPECT_EQ(log_->status().missing.size(), 1U);
    EXPECT_EQ(log_->find("y", 5).at(0).seq, 26U);
    store_many(9000, "z");
    EXPECT_EQ(log_->find("z8999", 5).at(0).seq, 9026U);
}

TEST_F(Store, AMarkOfAnotherHistoryMakesANewEpoch) {
    open();
    store_many(3, "x");
    const std::string epoch = log_->status().epoch;
    close();
    std::filesystem::remove(mark());
    open();
    EXPECT_NE(log_->status().epoch, epoch);
    EXPECT_FALSE(log_->warnings().empty());
}

TEST_F(Store, ATornMarkLeavesTheOtherSlot) {
    open();
    store_many(3, "x");
    store_many(2, "y");
    close();
    const auto before = *HighWaterMark(mark()).read();
    HighWaterMark(mark()).write({before.seq + 1, before.epoch});
    // Whichever slot was written last: one of the two flips tears it, the other must still be readable.
    flip_byte(mark(), 16);
    EXPECT_TRUE(HighWaterMark(mark()).read());
    flip_byte(mark(), 512 + 16);
    EXPECT_FALSE(HighWaterMark(mark()).read());
}

TEST_F(Store, AMissingDatabaseBesideAMarkIsDamage) {
    open();
    store_many(3, "x");
    close();
    std::filesystem::remove(file());
    EXPECT_EQ(status_of_failed_open(), core::ExitStatus::software);
    EXPECT_FALSE(std::filesystem::exists(file())) << "no empty store may take its place";
}

TEST_F(Store, AForeignOrNewerDatabaseIsRefused) {
    open();
    close();
    sql("PRAGMA user_version = 99");
    EXPECT_EQ(status_of_failed_open(), core::ExitStatus::config);
    sql("PRAGMA user_version = 1; PRAGMA application_id = 7");
    EXPECT_EQ(status_of_failed_open(), core::ExitStatus::config);
}

TEST_F(Store, AFileThatIsNoDatabaseIsRefusedAndKept) {
    std::ofstream(file()) << std::string(8192, 'x');
    EXPECT_EQ(status_of_failed_open(), core::ExitStatus::config);
    EXPECT_EQ(std::filesystem::file_size(file()), 8192U);
}

TEST_F(Store, AFirstStartThatWasCutOffIsBegunAnew) {
    sql("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");  // as far as it gets before its first
                                                                         // table
    ASSERT_GT(std::filesystem::file_size(file()), 0U);
    open();
    EXPECT_EQ(store(draft("x")).seq, 1U);
}

TEST_F(Store, ATruncatedDatabaseIsDamage) {
    open();
    store_many(9000, "x");
    close();
    std::filesystem::resize_file(file(), std::filesystem::file_size(file()) - 8192);
    EXPECT_EQ(status_of_failed_open(), core::ExitStatus::software);
}

TEST_F(Store, AFlippedByteInARowIsNeverHandedOut) {
    open();
    store_many(100, "x");
    close();
    sql("UPDATE event SET data = '2' WHERE seq = 50");
    EXPECT_EQ(status_of_failed_open(), core::ExitStatus::software) << "the tail is checked at a start";
    sql("UPDATE event SET data = '1' WHERE seq = 50; UPDATE event SET recorded = recorded + 1 WHERE seq = "
        "50");
    EXPECT_EQ(status_of_failed_open(), core::ExitStatus::software);
}

TEST_F(Store, ASecondOwnerIsRefused) {
    open();
    EXPECT_THROW(SqliteEventLog(folder_.path(), options_, clock_, metrics_, [](const core::Error&) {}),
                 core::Exit);
}

TEST_F(Store, WhatWaitsIsCommittedAtAStopAndWhatComesLaterIsRefused) {
    open();
    std::atomic<int> stored = 0;
    log_->append({{"user", "root"}, {draft("x")}}, [&](AppendResult&& result) {
        stored += std::holds_alternative<core::Error>(result) ? 0 : 1;
    });
    log_->stop();
    EXPECT_EQ(stored, 1);
    const AppendResult late = append({draft("y")});
    EXPECT_EQ(std::get<core::Error>(late).reason(), core::Reason::stopping);
}

TEST_F(Store, AQueueThatIsFullSaysSo) {
    options_.queue_max_bytes = 2000;
    open();
    std::atomic<int> busy = 0;
    for (int i = 0; i < 100; ++i)
        log_->append({{"user", "root"}, {draft("x" + std::to_string(i))}}, [&](AppendResult&& result) {
            const auto* error = std::get_if<core::Error>(&result);
            busy += error != nullptr && error->reason() == core::Reason::busy ? 1 : 0;
        });
    EXPECT_GT(busy, 0);
    log_->stop();
    EXPECT_EQ(log_->head(), 100U - static_cast<unsigned>(busy));
}

}  // namespace
}  // namespace tocsin::tests
