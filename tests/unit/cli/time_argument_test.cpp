// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/time_argument.hpp"

#include <gtest/gtest.h>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::commands {
namespace {

const core::Timestamp now = *core::parse_rfc3339("2026-11-22T10:00:00Z");

TEST(TimeArgument, ADurationCountsBackFromNow) {
    EXPECT_EQ(parse_since("1h", now).query, "2026-11-22T09:00:00.000000Z");
    EXPECT_EQ(parse_until("5m", now).query, "2026-11-22T09:55:00.000000Z");
    EXPECT_EQ(parse_since("1000000d", now).query, "1970-01-01T00:00:00.000000Z");
}

TEST(TimeArgument, ATimeWithAnOffsetBecomesUtc) {
    const auto argument = parse_since("2026-11-22T10:00:00+02:00", now);
    EXPECT_EQ(argument.query, "2026-11-22T08:00:00.000000Z");
    EXPECT_EQ(argument.time, now - std::chrono::hours(2));
}

TEST(TimeArgument, DigitsAreASequence) {
    const auto argument = parse_until("4711", now);
    EXPECT_EQ(argument.query, "0000000000004711");
    EXPECT_FALSE(argument.time.has_value());
}

TEST(TimeArgument, OnlySinceKnowsTheBeginning) {
    EXPECT_EQ(parse_since("beginning", now).query, "beginning");
    EXPECT_THROW(parse_until("beginning", now), core::Exit);
}

TEST(TimeArgument, OtherWordsAreUsageErrors) {
    for (const char* text : {"", "yesterday", "1w", "-1h", "2026-11-22", "12345678901234567"}) {
        try {
            parse_since(text, now);
            ADD_FAILURE() << text;
        } catch (const core::Exit& error) {
            EXPECT_EQ(error.status(), core::ExitStatus::usage) << text;
        }
    }
}

TEST(TimeArgument, OfSomeVerbsIsATimeOnly) {
    EXPECT_EQ(core::to_rfc3339(parse_time("dead", "1h", now)), "2026-11-22T09:00:00.000000Z");
    EXPECT_EQ(core::to_rfc3339(parse_time("dead", "2026-11-22T10:00:00+02:00", now)),
              "2026-11-22T08:00:00.000000Z");
    for (const char* text : {"4711", "beginning", ""})
        EXPECT_THROW(parse_time("dead", text, now), core::Exit) << text;
}

}  // namespace
}  // namespace tocsin::cli::commands
