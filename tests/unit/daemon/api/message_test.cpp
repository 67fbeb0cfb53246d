// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/message.hpp"

#include <gtest/gtest.h>

#include "common/core/error.hpp"

namespace tocsin::daemon::api {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

TEST(Parameters, KeepsTheOrder) {
    EXPECT_EQ(Parameters::parse("b=1&a=2&b=3").entries(), (Entries{{"b", "1"}, {"a", "2"}, {"b", "3"}}));
}

TEST(Parameters, DecodesNamesAndValues) {
    EXPECT_EQ(Parameters::parse("a%20b=%41%c3%BC+x%2B").entries(), (Entries{{"a b", "Aü x+"}}));
    EXPECT_EQ(Parameters::parse("a=%3D%26&b=x=y").entries(), (Entries{{"a", "=&"}, {"b", "x=y"}}));
}

TEST(Parameters, TakesOddForms) {
    EXPECT_TRUE(Parameters::parse("").entries().empty());
    EXPECT_TRUE(Parameters::parse("&&").entries().empty());
    EXPECT_EQ(Parameters::parse("a&b=&=c").entries(), (Entries{{"a", ""}, {"b", ""}, {"", "c"}}));
}

TEST(Parameters, RefusesMalformedEscapes) {
    for (const char* query : {"a=%", "a=%4", "a=%zz", "a=%4g", "%=1", "a=%%41", "a=% 1", "a=%+1"})
        EXPECT_THROW(Parameters::parse(query), core::Error) << query;
    EXPECT_EQ(Parameters::parse("a=%41").one("a"), "A");
}

TEST(Parameters, GivesTheFirstOrAll) {
    const Parameters parameters = Parameters::parse("a=1&b=2&a=3");
    EXPECT_EQ(parameters.one("a"), "1");
    EXPECT_EQ(parameters.all("a"), (std::vector<std::string>{"1", "3"}));
    EXPECT_EQ(parameters.one("c"), std::nullopt);
    EXPECT_TRUE(parameters.all("c").empty());
}

TEST(Response, TellsAnErrorAsAProblem) {
    const Response response = to_response(core::Error(core::Code::invalid, "what", "hint").at_line(3), 415);
    EXPECT_EQ(response.status, 415);
    EXPECT_EQ(response.media_type, "application/problem+json");
    for (const char* part :
         {R"("status":415)", R"("detail":"what")", R"("code":"invalid")", R"("hint":"hint")", R"("line":3)"})
        EXPECT_NE(response.body.find(part), std::string::npos) << response.body;
}

TEST(Response, TellsWhenToComeBackAfterARate) {
    const Response response = to_response(core::Error::unavailable(core::Reason::rate, "too fast"));
    EXPECT_EQ(response.status, 429);
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers.front().first, "Retry-After");
}

}  // namespace
}  // namespace tocsin::daemon::api
