// SPDX-License-Identifier: Apache-2.0
// What trimming leaves on disk: starts, doctor and salvage after it, and the size of the file.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <memory>
#include <thread>

#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"
#include "daemon/adapters/sqlite/doctor.hpp"
#include "daemon/adapters/sqlite/salvage.hpp"
#include "daemon/adapters/sqlite/sqlite_event_log.hpp"
#include "tests/support/appending.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::tests {
namespace {

using core::Seq;
using daemon::sqlite::Depth;
using daemon::sqlite::SqliteEventLog;
using event::Draft;
using event::Receipt;
using std::chrono::milliseconds;

constexpr int block = 4096;

class TrimmedStore : public testing::Test {
 protected:
    void SetUp() override { open(); }
    void open() {
        log_.reset();
        log_ = std::make_unique<SqliteEventLog>(folder_.path() / "state",
                                                daemon::sqlite::Options{.wal_bytes = 0}, clock_, metrics_,
                                                [this](const core::Error&) { failed_ = true; });
    }

    std::vector<Receipt> append(std::vector<Draft> drafts) {
        return std::get<std::vector<Receipt>>(append_and_wait(*log_, std::move(drafts)));
    }
    Draft draft(const std::string& type) {
        return {event::Topic::parse(type),
                "//test",
                std::to_string(++ids_),
                event::IdOrigin::client,
                {},
                {event::Data::Kind::json, '"' + std::string(100, 'x') + '"'},
                0};
    }
    void store(int count, const std::string& type = "a.b") {
        std::vector<Draft> drafts;
        for (int i = 0; i < count; ++i) drafts.push_back(draft(type));
        append(std::move(drafts));
    }
    void trim_to(Seq before) {
        while (log_->extent().first < before) log_->trim({before, milliseconds(100), clock_.now()});
    }

    /// Starts anew and looks at all that a start finds; then at the stopped store.
    void expect_whole_after_a_restart(Seq first, Seq head, std::uint64_t events) {
        const std::string epoch = log_->status().epoch;
        const auto types = log_->types();
        log_.reset();
        const auto diagnosis = daemon::sqlite::examine_store(folder_.path() / "state", Depth::deep);
        EXPECT_EQ(diagnosis.findings, std::vector<std::string>());
        EXPECT_EQ(diagnosis.events, events);
        EXPECT_EQ(diagnosis.head, head);
        open();
        EXPECT_EQ(log_->warnings(), std::vector<std::string>());
        const auto status = log_->status();
        EXPECT_EQ(status.epoch, epoch);
        EXPECT_EQ(status.first, first);
        EXPECT_EQ(status.head, head);
        EXPECT_EQ(status.events, events);
        EXPECT_TRUE(status.missing.empty());
        const auto after = log_->types();
        ASSERT_EQ(after.size(), types.size());
        for (std::size_t i = 0; i < types.size(); ++i) {
            EXPECT_EQ(after[i].count, types[i].count);
            EXPECT_LE(types[i].first, after[i].first);
            EXPECT_EQ(after[i].last, types[i].last);
        }
    }

    void sql(const std::string& text) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open((folder_.path() / "state" / core::store_file).c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }

    TemporaryFolder folder_;
    ManualClock clock_;
    daemon::metrics::Metrics metrics_;
    std::atomic<bool> failed_ = false;
    int ids_ = 0;
    std::unique_ptr<SqliteEventLog> log_;
};

TEST_F(TrimmedStore, WholeBlocksAreNotMissedAtAStart) {
    store(3 * block);
    trim_to(2 * block + 1);
    expect_whole_after_a_restart(2 * block + 1, 3 * block, block);
}

TEST_F(TrimmedStore, PartOfABlockIsNotMissedAtAStart) {
    store(3 * block);
    trim_to(block + 100);
    expect_whole_after_a_restart(block + 100, 3 * block, 2 * block - 99);
    trim_to(block + 200);
    expect_whole_after_a_restart(block + 200, 3 * block, 2 * block - 199);
}

TEST_F(TrimmedStore, PartOfTheOpenBlockIsNotMissedAtAStart) {
    store(block + 500);
    trim_to(block + 100);
    store(10);
    expect_whole_after_a_restart(block + 100, block + 510, 411);
    store(block);
    expect_whole_after_a_restart(block + 100, 2 * block + 510, block + 411);
}

TEST_F(TrimmedStore, AnEmptiedLogGoesOnAfterAStart) {
    store(100);
    trim_to(101);
    expect_whole_after_a_restart(0, 100, 0);
    EXPECT_EQ(append({draft("a.b")}).at(0).seq, 101U);
    expect_whole_after_a_restart(101, 101, 1);
}

TEST_F(TrimmedStore, RecordedTimeDoesNotGoBackBehindWhatIsGone) {
    store(1);
    trim_to(2);
    clock_.advance(std::chrono::hours(-5));
    open();
    store(1);
    EXPECT_EQ(log_->get(2)->recorded, clock_.now() + std::chrono::hours(5));
}

TEST_F(TrimmedStore, KeptEventsOutliveTheirBlocks) {
    for (int i = 0; i < 3; ++i) {
        store(1000);
        store(2, "qr.code.created");
        store(block - 1002);
    }
    trim_to(2 * block + 1002);
    EXPECT_EQ(log_->status().kept, 5U);
    expect_whole_after_a_restart(2 * block + 1002, 3 * block, block - 1001 + 5);
    EXPECT_EQ(log_->status().kept, 5U);
    EXPECT_EQ(log_->get(1002)->type.name(), "qr.code.created");
    trim_to(3 * block + 1);
    expect_whole_after_a_restart(0, 3 * block, 6);
    std::vector<Seq> places;
    daemon::eventlog::Query query;
    query.types.push_back(event::TopicPattern::parse("qr.code.*"));
    for (const auto& event : log_->read(query).events) places.push_back(event.seq);
    EXPECT_EQ(places,
              (std::vector<Seq>{1001, 1002, block + 1001, block + 1002, 2 * block + 1001, 2 * block + 1002}));
}

TEST_F(TrimmedStore, DuplicatesAreKnownAfterAStartAsLongAsTheyAreStored) {
    store(2 * block);
    trim_to(block + 11);
    open();
    Draft gone = draft("a.b");
    gone.id = std::to_string(block + 10);
    Draft there = draft("a.b");
    there.id = std::to_string(block + 11);
    EXPECT_EQ(append({gone}).at(0).outcome, Receipt::Outcome::stored);
    EXPECT_EQ(append({there}).at(0), (Receipt{there.id, block + 11, Receipt::Outcome::duplicate}));
}

TEST_F(TrimmedStore, WhatIsLostBehindItIsStillMissed) {
    store(block + 100);
    trim_to(block + 50);
    log_.reset();
    sql("DELETE FROM event WHERE seq BETWEEN 4150 AND 4152");
    open();
    EXPECT_EQ(log_->status().missing, (std::vector<core::SequenceRange>{{4150, 4152}}));
}

TEST_F(TrimmedStore, ALostBlockAtItsBeginIsMissed) {
    store(3 * block);
    trim_to(block + 1);
    log_.reset();
    sql("DELETE FROM event WHERE seq <= 8192; DELETE FROM block WHERE first = 4097");
    EXPECT_FALSE(daemon::sqlite::examine_store(folder_.path() / "state", Depth::quick).is_whole());
    open();
    EXPECT_EQ(log_->status().missing, (std::vector<core::SequenceRange>{{4097, 8192}}));
}

TEST_F(TrimmedStore, ADamagedNoteOfItIsToldAndRefused) {
    store(100);
    trim_to(50);
    log_.reset();
    sql("UPDATE meta SET value = replace(value, '50 ', '60 ') WHERE key = 'trimmed'");
    EXPECT_FALSE(daemon::sqlite::examine_store(folder_.path() / "state", Depth::quick).is_whole());
    try {
        open();
        ADD_FAILURE() << "it was opened";
    } catch (const core::Error& error) {
        EXPECT_EQ(core::exit_status_of(error), core::ExitStatus::software);
    }
}

TEST_F(TrimmedStore, ADamagedBlockStopsTrimmingAndNothingElse) {
    store(2 * block);
    log_.reset();
    sql("UPDATE block SET ids = substr(ids, 9) WHERE first = 1");
    open();
    EXPECT_THROW(trim_to(100), core::Error);
    EXPECT_FALSE(failed_);
    EXPECT_EQ(log_->extent().first, 1U);
    store(1);
    EXPECT_EQ(log_->head(), 2U * block + 1);
}

TEST_F(TrimmedStore, SalvageBringsNothingBackAndMissesNothing) {
    for (int i = 0; i < 3; ++i) store(block / 2);
    store(1, "qr.code.created");
    store(block);
    log_->trim({20, milliseconds(100), clock_.now()});
    trim_to(block + 7);
    log_.reset();
    const auto to = folder_.path() / "saved";
    const auto salvaged = daemon::sqlite::salvage_store(folder_.path() / "state", to, clock_);
    EXPECT_TRUE(salvaged.missing.empty());
    EXPECT_TRUE(salvaged.damaged.empty());
    EXPECT_EQ(salvaged.events, 2U * block + block / 2 + 1 - (block + 6));
    EXPECT_TRUE(daemon::sqlite::examine_store(to, Depth::deep).is_whole());
    const SqliteEventLog saved(to, {.wal_bytes = 0}, clock_, metrics_, [](const core::Error&) {});
    EXPECT_EQ(saved.status().first, block + 7U);
}

TEST_F(TrimmedStore, TheFileShrinks) {
    for (int i = 0; i < 10; ++i) store(block);
    const std::uint64_t before = log_->extent().bytes;
    trim_to(9 * block);
    const std::uint64_t after = log_->extent().bytes;
    EXPECT_LT(after, before / 5);
    EXPECT_GE(log_->extent().file_bytes, before) << "free pages count for nothing, but the file has them";
    std::uint64_t given = 0;
    for (std::uint64_t step = 1; step > 0; given += step) step = log_->give_back(milliseconds(50));
    EXPECT_GT(given, before / 2);
    EXPECT_LT(log_->extent().file_bytes, before / 2);
    // The writer's thread copies the log into the file, which cuts it.
    const auto file = folder_.path() / "state" / core::store_file;
    for (int turn = 0; turn < 3000 && std::filesystem::file_size(file) > before / 2; ++turn)
        std::this_thread::sleep_for(milliseconds(10));
    EXPECT_LT(std::filesystem::file_size(file), before / 2);
    expect_whole_after_a_restart(9 * block, 10 * block, block + 1);
}

TEST_F(TrimmedStore, AStepTakesNoLongerThanItsPatienceAllows) {
    store(block);
    const auto trimmed = log_->trim({block, std::chrono::microseconds(1), clock_.now()});
    EXPECT_GT(trimmed.events, 0U) << "but something goes with each step";
    EXPECT_LT(trimmed.events, static_cast<std::uint64_t>(block) / 2);
    expect_whole_after_a_restart(trimmed.first, block, block - trimmed.events);
}

}  // namespace
}  // namespace tocsin::tests
