// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/data_words.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::commands {
namespace {

using core::ExitStatus;

std::string data(const std::vector<std::string>& words) { return data_from_words(words); }

ExitStatus status_of(const std::vector<std::string>& words) {
    try {
        data_from_words(words);
    } catch (const core::Error& error) {
        return core::exit_status_of(error);
    }
    return ExitStatus::ok;
}

TEST(DataWords, TextIsAStringAndJsonStaysAsItIs) {
    EXPECT_EQ(data({"host=web1", "size:=123456"}), R"({"host":"web1","size":123456})");
    EXPECT_EQ(data({"n:=123456789012345678901234567890", "x:=1.0e2"}),
              R"({"n":123456789012345678901234567890,"x":1.0e2})");
}

TEST(DataWords, BracketsAndBracesSurvive) {
    EXPECT_EQ(data({"a:=[1,2]", "b=[x]", "c={}", "d:={}"}), R"({"a":[1,2],"b":"[x]","c":"{}","d":{}})");
}

TEST(DataWords, DotsInKeysAreLiteral) { EXPECT_EQ(data({"a.b=c"}), R"({"a.b":"c"})"); }

TEST(DataWords, OnlyTheFirstEqualsSignSplits) {
    EXPECT_EQ(data({"a=b=c", "url=x?y:=z", "e="}), R"({"a":"b=c","url":"x?y:=z","e":""})");
}

TEST(DataWords, QuotesAndControlCharactersAreEscaped) {
    EXPECT_EQ(data({"a=\"\\\n"}), R"({"a":"\"\\\n"})");
    EXPECT_EQ(data({"k\"=v"}), R"({"k\"":"v"})");
}

TEST(DataWords, UsageErrors) {
    EXPECT_EQ(status_of({"word"}), ExitStatus::usage);
    EXPECT_EQ(status_of({"=x"}), ExitStatus::usage);
    EXPECT_EQ(status_of({":=1"}), ExitStatus::usage);
    EXPECT_EQ(status_of({"a=1", "a:=2"}), ExitStatus::usage);
}

TEST(DataWords, BadValues) {
    EXPECT_EQ(status_of({"a:="}), ExitStatus::data);
    EXPECT_EQ(status_of({"a:={"}), ExitStatus::data);
    EXPECT_EQ(status_of({"a:=web1"}), ExitStatus::data);
    EXPECT_EQ(status_of({"a=\xff"}), ExitStatus::data);
}

}  // namespace
}  // namespace tocsin::cli::commands
