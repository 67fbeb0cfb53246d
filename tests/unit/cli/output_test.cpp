// SPDX-License-Identifier: Apache-2.0
// Events, tables and JSON as people see them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "cli/output/event_text.hpp"
#include "cli/output/pretty_json.hpp"
#include "cli/output/raw_json.hpp"
#include "cli/output/table.hpp"
#include "cli/output/terminal_text.hpp"
#include "common/core/error.hpp"

namespace tocsin::cli::output {
namespace {

constexpr std::string_view order =
    R"({"specversion":"1.0","id":"order-7","source":"//web1/alice/tocsin","type":"order.created",)"
    R"("time":"2026-11-22T10:47:00.123456Z","sequence":"0000000000000042",)"
    R"("recordedtime":"2026-11-22T10:47:01.000000Z","authtype":"user","authid":"alice",)"
    R"("data":{"id":7,"n":123456789012345678901234567890}})";

class EventText : public testing::Test {
 protected:
    EventText() {
        setenv("TZ", "UTC0", 1);  // NOLINT(concurrency-mt-unsafe): before any thread
        tzset();
    }
};

TEST_F(EventText, ALineHasTimeSequenceTypeSenderAndData) {
    EXPECT_EQ(event_line(RawEvent(order), no_paint, 0),
              "2026-11-22 10:47:00.123  42  order.created  alice/tocsin  "
              R"({"id":7,"n":123456789012345678901234567890})");
}

TEST_F(EventText, ALineIsCutToTheTerminal) {
    const std::string line = event_line(RawEvent(order), no_paint, 40);
    EXPECT_EQ(line, "2026-11-22 10:47:00.123  42  order.crea…");
    EXPECT_EQ(columns_of(line), 40U);
}

TEST_F(EventText, ColoursTakeNoColumns) {
    const std::string line = event_line(RawEvent(order), terminal_paint, 40);
    EXPECT_NE(line.find("\x1b[1morder.crea…\x1b[0m"), std::string::npos);
}

TEST_F(EventText, TheSubjectComesBeforeTheSender) {
    const RawEvent event(R"({"type":"a","sequence":"0000000000000001","recordedtime":"2026-11-22T10:47:01Z",)"
                         R"("source":"//h/u","subject":"monthly \"x\"","data_base64":"AAE="})");
    EXPECT_EQ(event_line(event, no_paint, 0), R"(2026-11-22 10:47:01.000  1  a  monthly "x"  base64:AAE=)");
}

TEST_F(EventText, APageHasALineForEachAttribute) {
    const std::string page = event_page(RawEvent(order), no_paint);
    EXPECT_NE(page.find("sequence      0000000000000042\n"), std::string::npos);
    EXPECT_NE(page.find("from          user alice\n"), std::string::npos);
    EXPECT_NE(page.find("data\n{\n  \"id\": 7,\n  \"n\": 123456789012345678901234567890\n}\n"),
              std::string::npos);
}

TEST(RawJson, FindsMembersAndItems) {
    const auto members = raw_members(R"( {"a" : [1, {"b":"}"}] , "c":"x\"y", "d": 1e5 } )");
    ASSERT_EQ(members.size(), 3U);
    EXPECT_EQ(members[0].value, R"([1, {"b":"}"}])");
    EXPECT_EQ(plain_text(members[1].value), "x\"y");
    EXPECT_EQ(members[2].value, "1e5");
    EXPECT_EQ(raw_items("[]").size(), 0U);
    EXPECT_EQ(raw_items(R"([{"a":[1,2]},"]", 3])"),
              (std::vector<std::string_view>{R"({"a":[1,2]})", R"("]")", "3"}));
    EXPECT_TRUE(raw_members("{}").empty());
}

TEST(RawJson, RefusesWhatIsNone) {
    for (const char* text :
         {"", "{", "[1]", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":\"x", "{\"a\":1}x", "{\"a\":\"\\"})
        EXPECT_THROW(raw_members(text), core::Error) << text;
}

TEST(PrettyJson, KeepsTokensAsTheyAre) {
    EXPECT_EQ(pretty_json(R"({"a":[1,{"b":"x, {\"y\":[]"}],"e":{},"f":[ ]})"),
              "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, {\\\"y\\\":[]\"\n    }\n  ],\n  \"e\": {},\n  "
              "\"f\": []\n}");
    EXPECT_EQ(pretty_json("1e400"), "1e400");
}

TEST(TerminalText, ControlCharactersNeverReachTheTerminal) {
    EXPECT_EQ(printable("a\x1b[31m\x7f"), "a\\u001b[31m\\u007f");
    EXPECT_EQ(printable("\xc2\x9b"), "\\u009b");
    EXPECT_EQ(printable("\xff gr\xc3\xbcn \xc3"), "\\u00ff gr\xc3\xbcn \\u00c3");
}

TEST(TerminalText, LinesStayLines) {
    EXPECT_EQ(printable_lines("a\tb\n\n\x1b[2Jc\r\nd"), "a\tb\n\n\\u001b[2Jc\\u000d\nd");
    EXPECT_EQ(printable_lines(""), "");
    EXPECT_EQ(printable_lines("\n"), "\n");
    EXPECT_EQ(printable_lines("\xff"), "\\u00ff");
}

TEST(TerminalText, WideCharactersTakeTwoColumns) {
    EXPECT_EQ(columns_of("日本"), 4U);
    EXPECT_EQ(columns_of("e\xcc\x81"), 1U);
    EXPECT_EQ(cut_to("日本語", 4), "日…");
    EXPECT_EQ(cut_to("abc", 3), "abc");
    EXPECT_EQ(cut_to("abcd", 3), "ab…");
    EXPECT_EQ(cut_to("abcd", 0), "abcd");
}

TEST(Table, AlignsItsColumns) {
    Table table({{"TYPE"}, {"EVENTS", Align::right}});
    table.add({"order.created", "12"});
    table.add({"ü", "1,234,567"});
    EXPECT_EQ(table.text(no_paint),
              "TYPE              EVENTS\norder.created         12\nü              1,234,567\n");
}

TEST(Table, NumbersAndRanges) {
    EXPECT_EQ(decimal_text(0.0316, 2), "0.03");
    EXPECT_EQ(decimal_text(1234.5678, 3), "1234.568");
    EXPECT_EQ(range_text({5, 5}), "5");
    EXPECT_EQ(range_text({5, 9}), "5 to 9");
}

TEST(Table, NumbersForPeople) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(bytes_text(1023), "1023 B");
    EXPECT_EQ(bytes_text(1536), "1.5 KiB");
    EXPECT_EQ(bytes_text(123'456'789), "117.7 MiB");
    EXPECT_EQ(span_text(59), "59s");
    EXPECT_EQ(span_text(3661), "1h 1m");
    EXPECT_EQ(span_text(90'000), "1d 1h");
}

}  // namespace
}  // namespace tocsin::cli::output
