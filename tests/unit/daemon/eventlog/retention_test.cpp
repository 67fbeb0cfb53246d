// SPDX-License-Identifier: Apache-2.0
// The rule of retention, the clock that it goes by, and its steps over a log in memory.
#include "daemon/eventlog/retention.hpp"

#include <gtest/gtest.h>

#include "tests/support/memory_event_log.hpp"

namespace tocsin::tests {
namespace {

using namespace daemon::eventlog;
using namespace std::chrono_literals;
using core::from_microseconds;
using core::Timestamp;

/// Both clocks stand still until they are moved.
class TwoClocks final : public core::Clock {
 public:
    Timestamp now() const noexcept override { return wall_; }
    core::SteadyTime steady() const noexcept override { return steady_; }
    void pass(std::chrono::microseconds time) {
        wall_ += time;
        steady_ += time;
    }
    void jump(std::chrono::microseconds by) { wall_ += by; }

 private:
    Timestamp wall_ = from_microseconds(1'800'000'000'000'000);
    core::SteadyTime steady_{};
};

constexpr RetentionOptions no_limits{.age = 0ms, .bytes = 0, .count = 0};
const Timestamp noon = from_microseconds(1'800'000'000'000'000);

Situation of(Seq first, Seq head) {
    Situation situation{{}, noon, {}};
    situation.log.first = first;
    situation.log.head = head;
    situation.log.oldest = situation.log.newest = noon;
    return situation;
}

Decision decide_without_time(const RetentionOptions& options, const Situation& situation) {
    return decide(options, situation, [](Timestamp) -> Seq {
        ADD_FAILURE() << "nothing was too old";
        return 0;
    });
}

TEST(RetentionRule, WithoutLimitsNothingGoes) {
    Situation situation = of(1, 1'000'000);
    situation.log.bytes = 1ULL << 50;
    EXPECT_EQ(decide_without_time(no_limits, situation).before, 0U);
}

TEST(RetentionRule, ByCountTheOldestGo) {
    const RetentionOptions options{.age = 0ms, .bytes = 0, .count = 100'000};
    EXPECT_EQ(decide_without_time(options, of(1, 100'000)).before, 0U);
    EXPECT_EQ(decide_without_time(options, of(1, 103'000)).before, 0U) << "not worth it yet";
    const Decision decision = decide_without_time(options, of(51, 110'050));
    EXPECT_EQ(decision.before, 10'051U);
    EXPECT_EQ(decision.limit, Limit::count);
    EXPECT_EQ(decide_without_time({.age = 0ms, .bytes = 0, .count = 30}, of(1, 32)).before, 3U);
}

TEST(RetentionRule, ByBytesTheOldestGo) {
    const RetentionOptions options{.age = 0ms, .bytes = 100U << 20, .count = 0};
    Situation situation = of(1001, 2000);
    situation.log.bytes = 100U << 20;
    EXPECT_EQ(decide_without_time(options, situation).before, 0U);
    situation.log.bytes = 125U << 20;
    const Decision decision = decide_without_time(options, situation);
    EXPECT_EQ(decision.before, 1201U) << "a fifth is too much";
    EXPECT_EQ(decision.limit, Limit::bytes);
    situation.log.first = 2001;
    EXPECT_EQ(decide_without_time(options, situation).before, 0U) << "nothing is left that could go";
}

TEST(RetentionRule, ByAgeTheOldestGo) {
    const RetentionOptions options{.age = 30h, .bytes = 0, .count = 0};
    Situation situation = of(1, 10'000);
    situation.log.oldest = noon - 30h;
    EXPECT_EQ(decide_without_time(options, situation).before, 0U) << "just old enough to stay";
    situation.log.oldest = noon - 30h - 10min;
    const auto seek = [](Timestamp time) -> Seq {
        EXPECT_EQ(time, noon - 30h);
        return 500;
    };
    EXPECT_EQ(decide(options, situation, seek).before, 0U) << "few and not long over";
    situation.log.oldest = noon - 31h;
    EXPECT_EQ(decide(options, situation, seek).before, 500U);
    EXPECT_EQ(decide(options, situation, seek).limit, Limit::age);
    situation.log.oldest = noon - 30h - 10min;
    EXPECT_EQ(decide(options, situation, [](Timestamp) -> Seq { return 5000; }).before, 5000U) << "many";
}

TEST(RetentionRule, TheStrictestLimitDecides) {
    const RetentionOptions options{.age = 1h, .bytes = 0, .count = 1000};
    Situation situation = of(1, 3000);
    situation.log.oldest = noon - 2h;
    const Decision decision = decide(options, situation, [](Timestamp) -> Seq { return 700; });
    EXPECT_EQ(decision.before, 2001U);
    EXPECT_EQ(decision.limit, Limit::count);
}

TEST(RetentionRule, AHoldKeepsTheTailAndIsNamed) {
    const RetentionOptions options{.age = 0ms, .bytes = 0, .count = 1000};
    Situation situation = of(1, 3000);
    situation.holds = {{"far ahead", 2900}, {"mailer", 500}, {"audit", 700}};
    EXPECT_EQ(decide_without_time(options, situation).before, 500U);
    EXPECT_EQ(decide_without_time(options, situation).held_by, "mailer");
    situation.holds[1].floor = 1;
    EXPECT_EQ(decide_without_time(options, situation).before, 0U);
    EXPECT_EQ(decide_without_time(options, situation).held_by, "mailer");
    situation.holds = {{"far ahead", 2900}};
    EXPECT_EQ(decide_without_time(options, situation).held_by, "") << "it keeps nothing that would go";
}

TEST(RetentionRule, WhileRoomIsLowHoldsAndSlackCountForNothing) {
    const RetentionOptions options{.age = 0ms, .bytes = 0, .count = 3000};
    Situation situation = of(1, 3001);
    situation.holds = {{"mailer", 1}};
    situation.log.room = Room::low;
    EXPECT_EQ(decide_without_time(options, situation).before, 2U);
    situation.log.head = 3000;
    EXPECT_EQ(decide_without_time(options, situation).before, 0U) << "within its limits the log stays";
}

TEST(RetentionRule, KeepsWhatCodesAreMadeFrom) {
    EXPECT_TRUE(is_kept("qr.code.created"));
    EXPECT_FALSE(is_kept("qr.code"));
    EXPECT_FALSE(is_kept("qr.code.a.b"));
    EXPECT_FALSE(is_kept("qr.scanned"));
    EXPECT_FALSE(is_kept("a.qr.code.created"));
}

TEST(AgeClock, FollowsTheWallClock) {
    TwoClocks clocks;
    AgeClock ages(clocks.now(), clocks.now(), clocks.steady());
    clocks.pass(1h);
    EXPECT_EQ(ages.look(clocks.now(), clocks.steady()), 0s);
    EXPECT_EQ(ages.now(), clocks.now());
}

TEST(AgeClock, DoesNotLeapAndCatchesUpSlowly) {
    TwoClocks clocks;
    AgeClock ages(clocks.now(), clocks.now(), clocks.steady());
    const Timestamp before = ages.now();
    clocks.jump(240h);
    clocks.pass(1s);
    EXPECT_GE(ages.look(clocks.now(), clocks.steady()), 239h);
    EXPECT_LE(ages.now() - before, 2s);
    clocks.pass(64h);
    EXPECT_EQ(ages.look(clocks.now(), clocks.steady()), 0s);
    EXPECT_NEAR(static_cast<double>((ages.now() - before) / 1s), 65 * 3600, 3);
    EXPECT_NEAR(static_cast<double>(ages.lag() / 1s), 239 * 3600, 3);
}

TEST(AgeClock, GoesBackWithTheWallClock) {
    TwoClocks clocks;
    AgeClock ages(clocks.now(), clocks.now(), clocks.steady());
    clocks.jump(-1h);
    EXPECT_EQ(ages.look(clocks.now(), clocks.steady()), -1h);
    EXPECT_EQ(ages.now(), clocks.now());
    clocks.jump(1h);
    ages.look(clocks.now(), clocks.steady());
    EXPECT_EQ(ages.lag(), 1h) << "what was right nobody knows: fewer events go";
}

TEST(AgeClock, BeginsAtTheEarlierOfBoth) {
    const TwoClocks clocks;
    EXPECT_EQ(AgeClock(clocks.now() - 2h, clocks.now(), clocks.steady()).lag(), 2h);
    EXPECT_EQ(AgeClock(clocks.now() + 2h, clocks.now(), clocks.steady()).lag(), 0h);
}

class RetentionSteps : public testing::Test {
 protected:
    void store(int count, const std::string& type = "a") {
        Batch batch{{"user", "root"}, {}};
        for (int i = 0; i < count; ++i)
            batch.drafts.push_back({event::Topic::parse(type),
                                    "//test",
                                    std::to_string(++ids_),
                                    event::IdOrigin::minted,
                                    {},
                                    {event::Data::Kind::json, "1"},
                                    0});
        log_.append(std::move(batch), [](AppendResult&&) {});
        log_.flush();
    }
    /// Until nothing is due; how many events went.
    std::uint64_t run(Retention& retention) {
        std::uint64_t removed = 0;
        for (Retention::Step step = retention.step(); step.state == Retention::Step::State::busy;
             step = retention.step())
            removed += step.removed;
        return removed;
    }
    void pass(std::chrono::seconds time) { clocks_.pass(time); }

    TwoClocks clocks_;
    MemoryEventLog log_{clocks_};
    int ids_ = 0;
};

TEST_F(RetentionSteps, RemoveWhatIsTooOldAndNothingElse) {
    Retention retention(log_, {.age = 60s, .bytes = 0, .count = 0}, clocks_);
    store(10'000);
    pass(40s);
    store(5);
    EXPECT_EQ(run(retention), 0U);
    pass(23s);
    EXPECT_EQ(run(retention), 10'000U);
    EXPECT_EQ(log_.extent().first, 10'001U);
    EXPECT_EQ(retention.status().removed, 10'000U);
    EXPECT_EQ(retention.status().log.first, 10'001U);
    EXPECT_EQ(retention.status().last_removed, clocks_.now());
}

TEST_F(RetentionSteps, AJumpOfTheWallClockRemovesABatchAMinute) {
    Retention retention(log_, {.age = 24h, .bytes = 0, .count = 0}, clocks_);
    store(20'000);
    run(retention);
    clocks_.jump(240h);
    const Retention::Step step = retention.step();
    EXPECT_EQ(step.clock_jump, 240h);
    EXPECT_EQ(step.removed, 0U);
    std::uint64_t removed = 0;
    for (int second = 0; second < 59; ++second) {
        pass(1s);
        removed += run(retention);
    }
    EXPECT_EQ(removed, 0U);
    for (int second = 0; second < 120; ++second) {
        pass(1s);
        removed += run(retention);
    }
    EXPECT_EQ(removed, 2 * retention_batch);
    clocks_.jump(-240h);
    for (int second = 0; second < 300; ++second) {
        pass(1s);
        removed += run(retention);
    }
    EXPECT_EQ(removed, 2 * retention_batch) << "the clock was set right again";
    EXPECT_EQ(retention.status().clock_lag, 0s);
}

TEST_F(RetentionSteps, AfterAJumpCountAndNormalAgeingGoOn) {
    Retention retention(log_, {.age = 1h, .bytes = 0, .count = 50'000}, clocks_);
    store(8192);
    clocks_.jump(24h * 365 * 12);
    run(retention);
    store(50'000);
    EXPECT_EQ(run(retention), 8192U) << "the count knows nothing of clocks";
    pass(62min);
    EXPECT_LE(run(retention), retention_batch) << "all are younger than an hour for the wall clock, too";
}

TEST_F(RetentionSteps, AStartGoesOnWithTheTimeOfTheLastRun) {
    {
        Retention retention(log_, {.age = 24h, .bytes = 0, .count = 0}, clocks_);
        store(20'000);
        retention.keep_clock();
    }
    clocks_.jump(24h * 365 * 12);
    store(5);  // recorded at the wrong time
    Retention retention(log_, {.age = 24h, .bytes = 0, .count = 0}, clocks_);
    EXPECT_EQ(run(retention), 0U);
    EXPECT_GE(retention.status().clock_lag, 24h * 365 * 12);
    pass(61s);
    EXPECT_EQ(run(retention), retention_batch);
}

TEST_F(RetentionSteps, AChangedLimitCountsFromTheNextStepOn) {
    Retention retention(log_, no_limits, clocks_);
    store(10'000);
    EXPECT_EQ(run(retention), 0U);
    retention.reconfigure({.age = 0ms, .bytes = 0, .count = 100});
    EXPECT_EQ(run(retention), 9900U);
}

TEST_F(RetentionSteps, HoldersAreAskedAndNamed) {
    Seq settled = 50;
    Retention retention(log_, {.age = 0ms, .bytes = 0, .count = 100}, clocks_, [&] {
        return std::vector<Hold>{{"pipeline mailer", settled}};
    });
    store(1000);
    EXPECT_EQ(run(retention), 49U);
    EXPECT_EQ(retention.status().held_by, "pipeline mailer");
    settled = 1001;
    EXPECT_EQ(run(retention), 851U);
    EXPECT_EQ(retention.status().held_by, "");
}

TEST_F(RetentionSteps, KeptEventsAloneAreNoWork) {
    Retention retention(log_, {.age = 0ms, .bytes = 0, .count = 10}, clocks_);
    store(1000, "qr.code.created");
    EXPECT_EQ(run(retention), 0U);
    EXPECT_EQ(log_.status().kept, 990U);
    EXPECT_EQ(retention.step().state, Retention::Step::State::idle);
}

}  // namespace
}  // namespace tocsin::tests
