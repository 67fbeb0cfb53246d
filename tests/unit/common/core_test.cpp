// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "common/core/clock.hpp"
#include "common/core/error.hpp"
#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"
#include "common/core/sequence.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "common/core/timestamp.hpp"
#include "common/core/uuid.hpp"

namespace tocsin::core {
namespace {

using namespace std::chrono_literals;

/// The same point of time in Tocsin's own form, or "refused".
std::string reread(std::string_view text) {
    const auto time = parse_rfc3339(text);
    return time ? to_rfc3339(*time) : "refused";
}

TEST(Timestamp, CountsMicrosecondsFrom1970) {
    EXPECT_EQ(to_rfc3339(from_microseconds(0)), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(to_rfc3339(from_microseconds(1'234'567)), "1970-01-01T00:00:01.234567Z");
    EXPECT_EQ(to_rfc3339(from_microseconds(-1)), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(to_microseconds(*parse_rfc3339("2026-11-22T10:47:00Z")), 1'795'344'420'000'000);
}

TEST(Timestamp, ReadsBackWhatItWrites) {
    for (const std::int64_t value :
         {0LL, 1LL, -62'167'219'200'000'000LL, 253'402'300'799'999'999LL, 1'795'344'420'123'456LL})
        EXPECT_EQ(to_microseconds(*parse_rfc3339(to_rfc3339(from_microseconds(value)))), value);
}

TEST(Timestamp, CutsDigitsBeyondMicroseconds) {
    EXPECT_EQ(reread("2026-01-02T03:04:05.1Z"), "2026-01-02T03:04:05.100000Z");
    EXPECT_EQ(reread("2026-01-02T03:04:05.123456789123456789123Z"), "2026-01-02T03:04:05.123456Z");
    EXPECT_EQ(reread("2026-01-02T03:04:05.0000009Z"), "2026-01-02T03:04:05.000000Z");
}

TEST(Timestamp, AppliesOffsets) {
    EXPECT_EQ(reread("2026-01-01T00:30:00+01:00"), "2025-12-31T23:30:00.000000Z");
    EXPECT_EQ(reread("2025-12-31T20:15:00-05:45"), "2026-01-01T02:00:00.000000Z");
    EXPECT_EQ(reread("2026-01-01T00:00:00-00:00"), "2026-01-01T00:00:00.000000Z");
    EXPECT_EQ(reread("2026-01-01T23:59:59+23:59"), "2026-01-01T00:00:59.000000Z");
}

TEST(Timestamp, AcceptsLowerCaseMarks) {
    EXPECT_EQ(reread("2026-01-02t03:04:05z"), "2026-01-02T03:04:05.000000Z");
}

TEST(Timestamp, TakesALeapSecondForTheSecondBefore) {
    EXPECT_EQ(reread("2016-12-31T23:59:60Z"), "2016-12-31T23:59:59.000000Z");
    EXPECT_EQ(reread("2016-12-31T23:59:60.5Z"), "2016-12-31T23:59:59.500000Z");
    EXPECT_EQ(reread("2016-12-31T23:59:61Z"), "refused");
}

TEST(Timestamp, KnowsLeapYears) {
    EXPECT_EQ(reread("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000000Z");
    EXPECT_EQ(reread("2000-02-29T00:00:00Z"), "2000-02-29T00:00:00.000000Z");
    EXPECT_EQ(reread("2023-02-29T00:00:00Z"), "refused");
    EXPECT_EQ(reread("1900-02-29T00:00:00Z"), "refused");
}

TEST(Timestamp, RefusesWhatIsNotRfc3339) {
    for (const char* text : {"",
                             "2026",
                             "2026-01-02",
                             "2026-01-02T03:04:05",
                             "2026-01-02 03:04:05Z",
                             "2026-1-2T03:04:05Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "2026-01-00T00:00:00Z",
                             "2026-04-31T00:00:00Z",
                             "2026-01-02T24:00:00Z",
                             "2026-01-02T03:60:00Z",
                             "2026-01-02T03:04Z",
                             "2026-01-02T03:04:05.Z",
                             "2026-01-02T03:04:05,5Z",
                             "2026-01-02T03:04:05+1:00",
                             "2026-01-02T03:04:05+0100",
                             "2026-01-02T03:04:05+24:00",
                             "2026-01-02T03:04:05+01:60",
                             "2026-01-02T03:04:05ZZ",
                             " 2026-01-02T03:04:05Z",
                             "2026-01-02T03:04:05Z ",
                             "+2026-01-02T03:04:05Z",
                             "20260102T030405Z",
                             "yesterday"})
        EXPECT_EQ(reread(text), "refused") << text;
}

TEST(Timestamp, RefusesAYearThatOnlyAnOffsetMakesPossible) {
    EXPECT_EQ(reread("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00.000000Z");
    EXPECT_EQ(reread("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
    EXPECT_EQ(reread("0000-01-01T00:00:00+00:01"), "refused");
    EXPECT_EQ(reread("9999-12-31T23:59:59-00:01"), "refused");
}

TEST(Duration, ReadsEachUnit) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("30s"), 30s);
    EXPECT_EQ(parse_duration("15m"), 15min);
    EXPECT_EQ(parse_duration("1h"), 1h);
    EXPECT_EQ(parse_duration("7d"), 168h);
    EXPECT_EQ(parse_duration("0s"), 0ms);
}

TEST(Duration, RefusesTheRest) {
    for (const char* text : {"", "1", "s", "-1s", "+1s", "1.5h", "1 h", "1H", "1w", "1hh",
                             "99999999999999999999s", "2000000000s"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Sequence, IsSixteenDigitsSoThatItOrdersAsText) {
    EXPECT_EQ(to_text(Seq{0}), "0000000000000000");
    EXPECT_EQ(to_text(Seq{42}), "0000000000000042");
    EXPECT_EQ(to_text(max_sequence), "9999999999999999");
    EXPECT_LT(to_text(Seq{9}), to_text(Seq{10}));
    std::string out = "x";
    append_sequence(7, out);
    EXPECT_EQ(out, "x0000000000000007");
}

TEST(Sequence, IsReadPaddedOrNot) {
    EXPECT_EQ(parse_sequence("42"), Seq{42});
    EXPECT_EQ(parse_sequence("0000000000000042"), Seq{42});
    EXPECT_EQ(parse_sequence("9999999999999999"), max_sequence);
    EXPECT_EQ(parse_sequence("0"), Seq{0});
    for (const char* text : {"", "-1", "+1", "1 ", " 1", "1a", "0x1", "00000000000000042"})
        EXPECT_FALSE(parse_sequence(text)) << text;
}

TEST(Uuid, HasVersionSevenAndItsVariant) {
    UuidSource source;
    for (int i = 0; i < 1000; ++i) {
        const std::string text = to_text(source.next(from_microseconds(1'795'344'420'123'456)));
        ASSERT_EQ(text.size(), 36U);
        EXPECT_EQ(text[14], '7') << text;
        EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
    }
}

TEST(Uuid, StartsWithTheMillisecond) {
    UuidSource source;
    EXPECT_EQ(to_text(source.next(from_microseconds(0x0123456789ABLL * 1000 + 999))).substr(0, 13),
              "01234567-89ab");
}

TEST(Uuid, OrdersAsMadeWithinAMillisecondAndWhenTheClockGoesBack) {
    UuidSource source;
    std::vector<std::string> made;
    made.reserve(10'000);
    for (int i = 0; i < 10'000; ++i)
        made.push_back(to_text(source.next(from_microseconds(5'000'000 - i * 100))));
    EXPECT_TRUE(std::ranges::is_sorted(made));
    EXPECT_EQ(std::set<std::string>(made.begin(), made.end()).size(), made.size());
    EXPECT_LT(made.back(), to_text(source.next(from_microseconds(60'000'000))));
}

TEST(Uuid, DiffersBetweenSources) {
    UuidSource first;
    UuidSource second;
    EXPECT_NE(first.next(from_microseconds(1)), second.next(from_microseconds(1)));
}

TEST(Uuid, ReadsBackTheCanonicalFormOnly) {
    const std::string text = "01890a5d-ac96-774b-bcce-b302099a8057";
    const auto uuid = parse_uuid(text);
    ASSERT_TRUE(uuid);
    EXPECT_EQ(to_text(*uuid), text);
    for (const char* other :
         {"", "01890a5dac96774bbcceb302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057",
          "{01890a5d-ac96-774b-bcce-b302099a805}", "01890a5d-ac96-774b-bcce-b302099a805g",
          "01890a5d-ac96-774b-bcce-b302099a80570", "01890a5d0ac96-774b-bcce-b302099a8057"})
        EXPECT_FALSE(parse_uuid(other)) << other;
}

TEST(Utf8, AcceptsEveryWellFormedLength) {
    for (const char* text :
         {"", "plain", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
          "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "Glöckchen 🔔"})
        EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(Utf8, RefusesBrokenBytes) {
    for (const char* text :
         {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2 ", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xE2\x82",
          "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80", "\xFE", "\xFF", "good \xF0\x9F\x94"})
        EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, IsPrintableWithoutControlsAndNoncharacters) {
    for (const char* text : {"", "x", "\xC2\xA0", "Glöckchen 🔔", "\xEF\xBF\xBD"})
        EXPECT_TRUE(is_printable_utf8(text)) << text;
    for (const char* text : {"\n", "\t", "\x1F", "\x7F", "\xC2\x80", "\xC2\x9F", "\xEF\xBF\xBE",
                             "\xEF\xBF\xBF", "\xEF\xB7\x90", "\xF0\x9F\xBF\xBE", "\xFF", "a\xC2"})
        EXPECT_FALSE(is_printable_utf8(text));
    EXPECT_FALSE(is_printable_utf8(std::string_view("a\0b", 3)));
}

TEST(Error, NamesItsCodesAndReasonsBothWays) {
    for (const Code code : {Code::invalid, Code::denied, Code::not_found, Code::conflict, Code::too_large,
                            Code::unavailable, Code::internal})
        EXPECT_EQ(code_named(name_of(code)), code);
    for (const Reason reason :
         {Reason::store_full, Reason::store_io, Reason::busy, Reason::stopping, Reason::rate})
        EXPECT_EQ(reason_named(name_of(reason)), reason);
    EXPECT_FALSE(code_named("unheard of"));
    EXPECT_EQ(reason_named("unheard of"), Reason::none);
    EXPECT_EQ(name_of(Code::too_large), "too_large");
    EXPECT_EQ(name_of(Reason::store_io), "store_io");
}

TEST(Error, CarriesHintReasonAndLine) {
    const Error error = Error::unavailable(Reason::busy, "the queue is full", "try again").at_line(3);
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_EQ(error.reason(), Reason::busy);
    EXPECT_STREQ(error.what(), "the queue is full");
    EXPECT_EQ(error.hint(), "try again");
    EXPECT_EQ(error.line(), 3U);
    EXPECT_FALSE(Error(Code::invalid, "x").line());
}

TEST(ExitStatus, FollowsTheCode) {
    EXPECT_EQ(to_int(exit_status_of(Code::invalid)), 65);
    EXPECT_EQ(to_int(exit_status_of(Code::conflict)), 65);
    EXPECT_EQ(to_int(exit_status_of(Code::too_large)), 65);
    EXPECT_EQ(to_int(exit_status_of(Code::not_found)), 66);
    EXPECT_EQ(to_int(exit_status_of(Code::internal)), 70);
    EXPECT_EQ(to_int(exit_status_of(Code::unavailable)), 75);
    EXPECT_EQ(to_int(exit_status_of(Code::denied)), 77);
}

TEST(ExitStatus, OfAnExitIsItsOwn) {
    const Exit exit(ExitStatus::no_service, Code::unavailable, "no daemon answers");
    const Error& error = exit;
    EXPECT_EQ(exit_status_of(error), ExitStatus::no_service);
    EXPECT_EQ(exit_status_of(Error(Code::denied, "no")), ExitStatus::denied);
}

TEST(Paths, MakeADefaultSource) {
    EXPECT_FALSE(host_name().empty());
    EXPECT_EQ(default_source("root"), "//" + host_name() + "/root");
    EXPECT_EQ(default_source("root", "tocsin"), "//" + host_name() + "/root/tocsin");
}

TEST(Suggest, FindsTheNearestWord) {
    constexpr std::array<std::string_view, 4> known{"emit", "tail", "types", "status"};
    EXPECT_EQ(nearest("emti", known), "emit");
    EXPECT_EQ(nearest("stat", known), "status");
    EXPECT_EQ(nearest("type", known), "types");
    EXPECT_EQ(nearest("xyzzy", known), std::nullopt);
    EXPECT_EQ(nearest("", known), std::nullopt);
    EXPECT_EQ(nearest("x", known), std::nullopt);
}

TEST(SystemClock, TellsTheTime) {
    const SystemClock clock;
    const Timestamp before = clock.now();
    const SteadyTime steady = clock.steady();
    EXPECT_GE(before, *parse_rfc3339("2024-01-01T00:00:00Z"));
    EXPECT_GE(clock.steady(), steady);
}

}  // namespace
}  // namespace tocsin::core
