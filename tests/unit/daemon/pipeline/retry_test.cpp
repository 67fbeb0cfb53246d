// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/retry.hpp"

#include <gtest/gtest.h>

namespace tocsin::daemon::pipeline {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Retry, PausesDoubleUpToTheLongest) {
    const RetryRule rule;
    const auto middle = [&rule](std::uint32_t failures) { return pause_after(failures, rule, 0.5); };
    EXPECT_EQ(middle(1), seconds(1));
    EXPECT_EQ(middle(2), seconds(2));
    EXPECT_EQ(middle(5), seconds(16));
    EXPECT_EQ(middle(9), seconds(256));
    EXPECT_EQ(middle(10), seconds(300));
    EXPECT_EQ(middle(4'000'000'000), seconds(300));
}

TEST(Retry, PausesSpreadByATenth) {
    const RetryRule rule;
    EXPECT_EQ(pause_after(1, rule, 0), milliseconds(900));
    EXPECT_EQ(pause_after(1, rule, 0.999'999), milliseconds(1099));
}

TEST(Retry, ALongestBelowTheLeastWins) {
    const RetryRule rule{.attempts = 8, .least = seconds(10), .most = seconds(1), .max_age = hours(24)};
    EXPECT_EQ(pause_after(1, rule, 0.5), seconds(1));
}

TEST(Retry, GivesUpByAttemptsOrByAge) {
    const RetryRule rule{.attempts = 3, .least = seconds(1), .most = seconds(2), .max_age = hours(1)};
    EXPECT_FALSE(is_given_up(2, hours(0), rule));
    EXPECT_TRUE(is_given_up(3, hours(0), rule));
    EXPECT_FALSE(is_given_up(0, hours(1) - milliseconds(1), rule));
    EXPECT_TRUE(is_given_up(0, hours(1), rule));
}

}  // namespace
}  // namespace tocsin::daemon::pipeline
