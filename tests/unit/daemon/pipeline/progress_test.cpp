// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/progress.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tocsin::daemon::pipeline {
namespace {

TEST(Progress, MovesOverWhatDoesNotMatch) {
    Progress progress({.position = 10, .aside = {}});
    progress.pass(500);
    EXPECT_EQ(progress.read_to(), 500U);
    EXPECT_EQ(progress.cursor().position, 500U);
    EXPECT_EQ(progress.floor(), 501U);
}

TEST(Progress, WaitsForTheFirstThatIsInWork) {
    Progress progress({});
    for (const Seq seq : {2U, 5U, 9U}) EXPECT_TRUE(progress.take(seq));
    progress.settle(5);
    EXPECT_EQ(progress.cursor().position, 1U);
    progress.settle(2);
    EXPECT_EQ(progress.cursor().position, 8U);
    EXPECT_EQ(progress.floor(), 9U);
    progress.settle(9);
    EXPECT_EQ(progress.cursor().position, 9U);
    EXPECT_EQ(progress.floor(), 10U);
}

TEST(Progress, PassesWhatSteppedAsideAndKeepsItsAttempts) {
    Progress progress({});
    progress.take(3);
    progress.take(4);
    const Aside aside{.seq = 3, .attempts = 2, .first_attempt = core::Timestamp{}};
    progress.step_aside(aside);
    progress.settle(4);
    EXPECT_EQ(progress.cursor().position, 4U);
    EXPECT_EQ(progress.cursor().aside, std::vector{aside});
    EXPECT_EQ(progress.floor(), 3U);
    progress.settle(3);
    EXPECT_EQ(progress.floor(), 5U);
}

TEST(Progress, KnowsWhatIsAsideWhenItIsReadAgain) {
    Progress before({});
    before.take(3);
    before.take(4);
    before.step_aside({.seq = 4, .attempts = 1, .first_attempt = core::Timestamp{}});
    Progress after(before.cursor());
    EXPECT_EQ(after.read_to(), 2U);
    EXPECT_TRUE(after.take(3));
    EXPECT_FALSE(after.take(4));
    EXPECT_EQ(after.aside_count(), 1U);
    EXPECT_EQ(after.floor(), 3U);
}

/// Others were quicker: they are not delivered again after a restart.
TEST(Progress, KnowsWhatIsSettledInFrontOfTheFirstInWork) {
    Progress before({});
    for (const Seq seq : {2U, 4U, 5U, 6U, 8U}) before.take(seq);
    for (const Seq seq : {4U, 5U, 8U}) before.settle(seq);
    const Cursor cursor = before.cursor();
    EXPECT_EQ(cursor.position, 1U);
    EXPECT_EQ(cursor.settled, (std::vector<core::SequenceRange>{{4, 5}, {8, 8}}));
    Progress after(cursor);
    for (const Seq seq : {4U, 5U, 8U}) EXPECT_FALSE(after.take(seq));
    for (const Seq seq : {2U, 6U, 9U}) EXPECT_TRUE(after.take(seq));
    after.settle(2);
    EXPECT_EQ(after.settled_ahead(), 1U) << "8 alone";
    after.settle(6);
    EXPECT_EQ(after.settled_ahead(), 0U);
    EXPECT_EQ(after.cursor().position, 8U);
}

/// Crashes at any moment: what was not settled comes again, and nothing is passed over.
TEST(Progress, LosesNothingOverCrashes) {
    std::mt19937 random(5);
    for (int run = 0; run < 200; ++run) {
        std::set<Seq> matching;
        for (Seq seq = 1; seq <= 60; ++seq)
            if (random() % 2 == 0) matching.insert(seq);
        std::set<Seq> settled;
        Cursor kept;
        for (int life = 0; life < 20; ++life) {
            Progress progress(kept);
            std::set<Seq> open;
            for (const Aside& aside : kept.aside) open.insert(aside.seq);
            for (int step = 0; step < 30; ++step) {
                const Seq next = progress.read_to() + 1;
                if (random() % 2 == 0 && next <= 60) {
                    if (!matching.contains(next))
                        progress.pass(next);
                    else if (progress.take(next))
                        open.insert(next);
                } else if (!open.empty()) {
                    const auto one = std::next(open.begin(), static_cast<long>(random() % open.size()));
                    if (random() % 3 == 0) {
                        progress.step_aside({.seq = *one, .attempts = 1, .first_attempt = core::Timestamp{}});
                    } else {
                        progress.settle(*one);
                        settled.insert(*one);
                        open.erase(one);
                    }
                }
                if (random() % 4 == 0) kept = progress.cursor();
            }
        }
        Progress last(kept);
        for (Seq seq = last.read_to() + 1; seq <= 60; ++seq)
            if (matching.contains(seq) && last.take(seq)) settled.insert(seq);
        for (const Aside& aside : kept.aside) settled.insert(aside.seq);
        ASSERT_EQ(settled, matching) << "run " << run;
    }
}

}  // namespace
}  // namespace tocsin::daemon::pipeline
