// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cli/qr/making/rows.hpp"
#include "common/core/error.hpp"

namespace tocsin::cli::qr::making {
namespace {

using Values = std::vector<std::string>;

std::string faults(const Table& table) {
    std::string all;
    for (const Row& row : table.rows)
        if (!row.fault.empty()) all += std::to_string(row.line) + ": " + row.fault + "\n";
    return all;
}

TEST(Csv, HasQuotesSeparatorsAndLineEnds) {
    const Table table = read_csv(
        "text,name\r\n"
        "\"a, b\",one\r\n"
        "\"say \"\"hi\"\"\",two\r\n"
        "\r\n"
        "\"two\r\nlines\",three\r\n"
        "last,");
    EXPECT_EQ(table.columns, (Values{"text", "name"}));
    ASSERT_EQ(table.rows.size(), 4U);
    EXPECT_EQ(table.rows[0].values, (Values{"a, b", "one"}));
    EXPECT_EQ(table.rows[1].values, (Values{"say \"hi\"", "two"}));
    EXPECT_EQ(table.rows[2].values, (Values{"two\r\nlines", "three"}));
    EXPECT_EQ(table.rows[2].line, 5U);
    EXPECT_EQ(table.rows[3].values, (Values{"last", ""}));
    EXPECT_EQ(table.rows[3].line, 7U);
    EXPECT_EQ(faults(table), "");
}

TEST(Csv, TakesSemicolonsTabsAndAByteOrderMark) {
    EXPECT_EQ(read_csv("\xEF\xBB\xBF"
                       "name;text\nx;a,b\n")
                  .rows[0]
                  .values,
              (Values{"x", "a,b"}));
    EXPECT_EQ(read_csv("name\ttext\nx\ta;b\n").rows[0].values, (Values{"x", "a;b"}));
    EXPECT_EQ(read_csv("\"a;b\",text\nx,y\n").columns, (Values{"a;b", "text"}));
    EXPECT_EQ(read_csv("\xEF\xBB\xBF\"text\"\n1\n").columns, (Values{"text"}));
}

TEST(Csv, TellsBadRowsByTheirLine) {
    const Table table = read_csv("text,name\na\n\"x\ny\",1,2\n\"b\"c,d\nfine,z\n\"open,q\nr\n");
    EXPECT_EQ(faults(table),
              "2: it has 1 fields, and the header has 2\n"
              "3: it has 3 fields, and the header has 2\n"
              "5: text follows a closing quote; quotes within quotes are doubled\n"
              "7: a quote is never closed\n");
    for (const Row& row : table.rows) EXPECT_EQ(row.values.size(), 2U);
}

TEST(Csv, NeedsAHeader) {
    EXPECT_THROW(read_csv(""), core::Error);
    EXPECT_THROW(read_csv("\r\n\r\n"), core::Error);
    EXPECT_THROW(read_csv("text,name,text\na,b,c\n"), core::Error);
    EXPECT_TRUE(read_csv("text\n").rows.empty());
}

TEST(Ndjson, HasTheColumnsOfAllLines) {
    const Table table = read_ndjson(
        "{\"text\":\"a\"}\n\n{\"n\":12.50,\"text\":\"b\\u00fc\",\"ok\":true,\"none\":null}\r\n{\"n\":1}");
    EXPECT_EQ(table.columns, (Values{"text", "n", "ok", "none"}));
    ASSERT_EQ(table.rows.size(), 3U);
    EXPECT_EQ(table.rows[0].values, (Values{"a", "", "", ""}));
    EXPECT_EQ(table.rows[1].values, (Values{"bü", "12.5", "true", ""}));
    EXPECT_EQ(table.rows[1].line, 3U);
    EXPECT_EQ(table.rows[2].values, (Values{"", "1", "", ""}));
}

TEST(Ndjson, TellsBadLines) {
    EXPECT_EQ(faults(read_ndjson("{\"text\":\"a\"}\n[1]\nnonsense\n{\"text\":[1]}\n{\"text\":\"\xff\"}\n")),
              "2: it is no JSON object\n"
              "3: it is no JSON object\n"
              "4: 'text' is neither a text nor a number\n"
              "5: it is no JSON object\n");
}

TEST(Table, IsToldByItsNameOrItsFirstCharacter) {
    EXPECT_EQ(read_table("{\"text\":\"a\"}\n", "-").rows[0].values, (Values{"a"}));
    EXPECT_EQ(read_table("{\"text\":1}\n", "x.jsonl").columns, (Values{"text"}));
    EXPECT_EQ(read_table("{text}\na\n", "x.csv").columns, (Values{"{text}"}));
    EXPECT_EQ(read_table("text\na\n", "-").rows[0].values, (Values{"a"}));
}

}  // namespace
}  // namespace tocsin::cli::qr::making
