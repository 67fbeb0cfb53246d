// SPDX-License-Identifier: Apache-2.0
// What every DeliveryStore does.
#include <gtest/gtest.h>

#include <future>

#include "daemon/adapters/sqlite/sqlite_delivery_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_delivery_store.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::tests {
namespace {

using daemon::pipeline::DeadLetter;
using daemon::pipeline::DeliveryStore;
using daemon::pipeline::Kept;
using SinkRun = daemon::pipeline::Run;  // a test has a Run of its own
using daemon::pipeline::Settlement;
using daemon::pipeline::Standing;

class StoreUnderTest {
 public:
    virtual ~StoreUnderTest() = default;
    virtual DeliveryStore& store() = 0;
};

class MemoryUnderTest final : public StoreUnderTest {
 public:
    DeliveryStore& store() override { return store_; }

 private:
    MemoryDeliveryStore store_;
};

class SqliteUnderTest final : public StoreUnderTest {
 public:
    DeliveryStore& store() override { return store_; }

 private:
    TemporaryFolder folder_;
    core::SystemClock clock_;
    daemon::metrics::Metrics metrics_;
    daemon::sqlite::SqliteEventLog log_{
        folder_.path(),
        {.wal_bytes = 0, .space = {.min_free_bytes = 0, .min_free_percent = 0, .ballast_bytes = 0}},
        clock_,
        metrics_,
        [](const core::Error&) {}};
    daemon::sqlite::SqliteDeliveryStore store_{log_};
};

template <class Made>
std::unique_ptr<StoreUnderTest> make() {
    return std::make_unique<Made>();
}

struct Implementation {
    std::string name;
    std::unique_ptr<StoreUnderTest> (*make)();
};

class DeliveryStoreContract : public testing::TestWithParam<Implementation> {
 protected:
    void settle(Settlement settlement) {
        std::promise<void> done;
        store().settle(std::move(settlement), [&](Settlement&&, const std::optional<core::Error>& error) {
            EXPECT_FALSE(error.has_value());
            done.set_value();
        });
        done.get_future().get();
    }
    DeliveryStore& store() { return under_test_->store(); }

    static Settlement settlement_of(const std::string& pipeline) {
        Settlement settlement;
        settlement.pipeline = pipeline;
        return settlement;
    }
    static DeadLetter letter_of(core::Seq seq, const std::string& data, event::Data::Kind kind) {
        DeadLetter letter;
        letter.seq = seq;
        letter.attempts = 3;
        letter.since = core::from_microseconds(static_cast<std::int64_t>(seq) * 1000);
        letter.first_failed = core::from_microseconds(7);
        letter.first_result = "exit 1";
        letter.last = {.time = core::from_microseconds(8),
                       .result = "exit 2",
                       .output = std::string("a\0b\xff", 4),
                       .errors = "e",
                       .run = "r"};
        event::Attributes attributes;
        attributes.add("subject", "x \"y\"");
        letter.event = event::Event{.seq = seq,
                                    .type = event::Topic::parse("order.created"),
                                    .source = "//host/me",
                                    .id = "id-" + std::to_string(seq),
                                    .recorded = core::from_microseconds(5),
                                    .author = {"user", "me"},
                                    .attributes = attributes,
                                    .data = {kind, data}};
        return letter;
    }
    static void name_pipeline(Settlement& settlement) {
        for (DeadLetter& letter : settlement.dead) letter.pipeline = settlement.pipeline;
        for (SinkRun& run : settlement.runs) run.pipeline = settlement.pipeline;
    }
    static SinkRun run_of(const std::string& id, const std::string& pipeline) {
        SinkRun run;
        run.id = id;
        run.pipeline = pipeline;
        run.seq = 4;
        run.event_id = "e";
        run.messages = 2;
        run.attempt = 3;
        run.started = core::from_microseconds(9);
        run.duration = std::chrono::microseconds(1234);
        run.verdict = "retry";
        run.result = "exit 3";
        run.output = std::string("o\0p", 3);
        run.errors = "q";
        return run;
    }

    std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
};

TEST_P(DeliveryStoreContract, KeepsWhereAPipelineIs) {
    EXPECT_TRUE(store().pipelines().empty());
    Settlement settlement = settlement_of("orders");
    settlement.cursor = {
        .position = 41,
        .aside = {{.seq = 7, .attempts = 2, .deaths = 1, .first_attempt = core::from_microseconds(99)},
                  {.seq = 50, .attempts = 0, .deaths = 0, .first_attempt = {}}},
        .settled = {{43, 44}, {46, 46}}};
    settlement.standing = {Standing::State::paused, "by me", core::from_microseconds(77)};
    settlement.totals = {.delivered = 1, .dead = 2, .skipped = 3, .retried = 4};
    const Settlement first = settlement;
    settle(settlement);
    settle(settlement_of("another"));
    auto kept = store().pipelines();
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].name, "another");
    EXPECT_EQ(kept[0].cursor, daemon::pipeline::Cursor{});
    EXPECT_EQ(kept[1].cursor, first.cursor);
    EXPECT_EQ(kept[1].standing, first.standing);
    EXPECT_EQ(kept[1].totals, first.totals);
    settlement = settlement_of("orders");
    settlement.cursor.position = 60;
    settle(settlement);
    kept = store().pipelines();
    EXPECT_EQ(kept[1].cursor, (daemon::pipeline::Cursor{.position = 60}));
    EXPECT_EQ(kept[1].standing, Standing{});
}

TEST_P(DeliveryStoreContract, KeepsDeadLettersWhole) {
    using Kind = event::Data::Kind;
    Settlement settlement = settlement_of("p");
    settlement.dead = {letter_of(3, "{\"n\":12345678901234567890123}", Kind::json),
                       letter_of(4, std::string("\0\x01\xff", 3), Kind::binary),
                       letter_of(5, "", Kind::none)};
    name_pipeline(settlement);
    const auto given = settlement.dead;
    settle(settlement);
    const auto kept = store().dead_letters({});
    ASSERT_EQ(kept.size(), 3U);
    for (std::size_t i = 0; i < kept.size(); ++i) {
        EXPECT_EQ(kept[i].id, i + 1);
        EXPECT_EQ(kept[i].pipeline, "p");
        EXPECT_EQ(kept[i].seq, given[i].seq);
        EXPECT_EQ(kept[i].attempts, 3U);
        EXPECT_EQ(kept[i].since, given[i].since);
        EXPECT_EQ(kept[i].first_failed, given[i].first_failed);
        EXPECT_EQ(kept[i].first_result, "exit 1");
        EXPECT_EQ(kept[i].last.result, "exit 2");
        EXPECT_EQ(kept[i].last.output, given[i].last.output);
        EXPECT_EQ(kept[i].last.errors, "e");
        EXPECT_EQ(kept[i].last.run, "r");
        ASSERT_TRUE(kept[i].event.has_value());
        EXPECT_EQ(kept[i].event->type.name(), "order.created");
        EXPECT_EQ(kept[i].event->source, "//host/me");
        EXPECT_EQ(kept[i].event->id, given[i].event->id);
        EXPECT_EQ(kept[i].event->recorded, given[i].event->recorded);
        EXPECT_EQ(kept[i].event->author, given[i].event->author);
        EXPECT_EQ(kept[i].event->attributes, given[i].event->attributes);
        EXPECT_EQ(kept[i].event->data, given[i].event->data);
    }
    EXPECT_EQ(store().pipelines().front().dead_letters, 3U);
}

TEST_P(DeliveryStoreContract, FindsDropsAndRedeliversLetters) {
    for (const std::string name : {"a", "b"}) {
        Settlement settlement = settlement_of(name);
        for (core::Seq seq = 1; seq <= 4; ++seq)
            settlement.dead.push_back(letter_of(seq, "1", event::Data::Kind::json));
        name_pipeline(settlement);
        settle(settlement);
    }
    EXPECT_EQ(store().count({}), 8U);
    EXPECT_EQ(store().count({.pipeline = "b"}), 4U);
    EXPECT_EQ(store().count({.since = core::from_microseconds(3000)}), 4U);
    EXPECT_EQ(store().count({.ids = {1, 8, 99}}), 2U);
    const auto page = store().dead_letters({.pipeline = "b", .after = 5, .limit = 2});
    ASSERT_EQ(page.size(), 2U);
    EXPECT_EQ(page[0].id, 6U);
    EXPECT_EQ(store().count({.pipeline = "nobody"}), 0U);
    EXPECT_EQ(store().drop({.pipeline = "a", .since = core::from_microseconds(4000)}), 1U);
    EXPECT_EQ(store().drop({.pipeline = "a", .since = core::from_microseconds(4000)}), 0U);
    Settlement redelivered = settlement_of("a");
    redelivered.redelivered = {1};
    settle(redelivered);
    EXPECT_EQ(store().count({.pipeline = "a"}), 2U);
}

TEST_P(DeliveryStoreContract, AddsAFurtherFailureToALetter) {
    Settlement settlement = settlement_of("p");
    settlement.dead = {letter_of(3, "1", event::Data::Kind::json)};
    name_pipeline(settlement);
    settle(settlement);
    DeadLetter again;
    again.id = 1;
    again.pipeline = "p";
    again.attempts = 2;
    again.since = core::from_microseconds(123);
    again.last = {
        .time = core::from_microseconds(124), .result = "exit 9", .output = "o", .errors = "f", .run = "s"};
    Settlement second = settlement_of("p");
    second.dead = {again};
    settle(second);
    const auto kept = store().dead_letters({});
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].attempts, 5U);
    EXPECT_EQ(kept[0].first_result, "exit 1");
    EXPECT_EQ(kept[0].last.result, "exit 9");
    EXPECT_EQ(kept[0].last.run, "s");
    EXPECT_EQ(kept[0].event->id, "id-3") << "the event stays";
    again.id = 77;
    second.dead = {again};
    settle(second);
    EXPECT_EQ(store().count({}), 1U) << "one that was dropped meanwhile stays away";
}

TEST_P(DeliveryStoreContract, KeepsTheRecordOfRuns) {
    for (const std::string name : {"a", "b"}) {
        Settlement settlement = settlement_of(name);
        settlement.runs = {run_of("1" + name, name), run_of("2" + name, name)};
        settle(settlement);
    }
    const auto all = store().runs("", 3);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].id, "2b");
    EXPECT_EQ(all[2].id, "2a");
    EXPECT_EQ(all[0].output, "");
    ASSERT_EQ(store().runs("a", 10).size(), 2U);
    EXPECT_TRUE(store().runs("c", 10).empty());
    const auto run = store().run("1a");
    ASSERT_TRUE(run.has_value());
    const SinkRun given = run_of("1a", "a");
    EXPECT_EQ(run->pipeline, "a");
    EXPECT_EQ(run->seq, given.seq);
    EXPECT_EQ(run->event_id, given.event_id);
    EXPECT_EQ(run->messages, given.messages);
    EXPECT_EQ(run->attempt, given.attempt);
    EXPECT_EQ(run->started, given.started);
    EXPECT_EQ(run->duration, given.duration);
    EXPECT_EQ(run->verdict, given.verdict);
    EXPECT_EQ(run->result, given.result);
    EXPECT_EQ(run->output, given.output);
    EXPECT_EQ(run->errors, given.errors);
    EXPECT_FALSE(store().run("3a").has_value());
}

INSTANTIATE_TEST_SUITE_P(Over, DeliveryStoreContract,
                         testing::Values(Implementation{"Memory", make<MemoryUnderTest>},
                                         Implementation{"Sqlite", make<SqliteUnderTest>}),
                         [](const auto& over) { return over.param.name; });

}  // namespace
}  // namespace tocsin::tests
