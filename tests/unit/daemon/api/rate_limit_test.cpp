// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/rate_limit.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tocsin::daemon::api {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

const core::SteadyTime start{1000h};
constexpr nanoseconds none{0};

TEST(RateLimit, HoldsTheEventsOfOneSecond) {
    RateLimit limit(10, start);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(limit.take(1, start), none) << i;
    EXPECT_EQ(limit.take(1, start), 100ms);
    EXPECT_EQ(limit.wait(start + 40ms), 60ms);
    EXPECT_EQ(limit.take(1, start + 100ms), none);
    EXPECT_EQ(limit.take(1, start + 100ms), 100ms);
}

TEST(RateLimit, KeepsNoMoreThanOneSecond) {
    RateLimit limit(10, start);
    limit.take(10, start);
    int taken = 0;
    while (limit.take(1, start + 24h) == none) ++taken;
    EXPECT_EQ(taken, 10);
}

TEST(RateLimit, ABatchGoesIntoDebtThatTimePaysOff) {
    RateLimit limit(100, start);
    EXPECT_EQ(limit.take(1100, start), none);
    EXPECT_EQ(limit.take(1, start), 10s + 10ms);
    EXPECT_EQ(limit.wait(start + 10s), 10ms);
    EXPECT_EQ(limit.take(1100, start + 10s + 10ms), none);
}

TEST(RateLimit, AnotherRateKeepsTheDebt) {
    RateLimit limit(10, start);
    limit.take(30, start);
    limit.set(20, start);
    EXPECT_EQ(limit.wait(start), 1s + 50ms);
    limit.set(1, start + 5s);
    EXPECT_EQ(limit.take(1, start + 5s), none);
    EXPECT_EQ(limit.take(1, start + 5s), 1s) << "room beyond the new second's is gone";
}

TEST(RateLimit, TimesOutOfOrderBringNoRoom) {
    RateLimit limit(10, start);
    limit.take(10, start + 1s);
    EXPECT_EQ(limit.wait(start), 100ms);
    EXPECT_EQ(limit.wait(start + 1s), 100ms);
}

TEST(RateLimit, TheHighestRateDoesNotOverflow) {
    RateLimit limit(RateLimit::max_per_second, start);
    EXPECT_EQ(limit.take(65536, start + 24h * 365), none);
    EXPECT_EQ(limit.wait(start + 24h * 3650), none);
}

/// Uneven steps, over a rate that does not divide a second: not one event more or less than time allows.
TEST(RateLimit, IsExactOverManySteps) {
    RateLimit limit(7, start);
    limit.take(7, start);
    std::uint64_t taken = 0;
    auto now = start;
    for (; now < start + 1000s; now += 1234567ns) taken += limit.take(1, now) == none ? 1U : 0U;
    EXPECT_EQ(taken, 6999U);
}

TEST(RateLimit, IsExactUnderManyThreads) {
    constexpr std::uint64_t rate = 50'000;
    RateLimit limit(rate, start);
    std::atomic<std::uint64_t> taken = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (auto now = start; now < start + 1s; now += 10us)
                    for (int i = 0; i < 2; ++i) taken += limit.take(1, now) == none ? 1U : 0U;
            });
    }
    EXPECT_LE(taken, 2 * rate);
    EXPECT_GE(taken, 2 * rate - 2);
}

}  // namespace
}  // namespace tocsin::daemon::api
