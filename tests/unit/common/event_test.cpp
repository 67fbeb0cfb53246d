// SPDX-License-Identifier: Apache-2.0
#include "common/event/event.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "common/core/error.hpp"
#include "common/event/json_check.hpp"
#include "common/event/json_text.hpp"
#include "common/event/trace_context.hpp"

namespace tocsin::event {
namespace {

using core::Code;
using core::Error;

/// What the error says when `act` throws `invalid` with a hint; else what went otherwise.
std::string refusal(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        if (error.code() == Code::invalid && !error.hint().empty()) return error.what();
        return "a refusal without a hint or with another code";
    }
    return "accepted";
}

std::string topic_refusal(std::string_view text) {
    return refusal([&] { Topic::parse(text); });
}

std::string pattern_refusal(std::string_view text) {
    return refusal([&] { TopicPattern::parse(text); });
}

bool matches(std::string_view pattern, std::string_view topic) {
    return TopicPattern::parse(pattern).matches(topic);
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(text, out);
    return out;
}

std::string base64(std::string_view bytes) {
    std::string out;
    append_base64(bytes, out);
    return out;
}

template <class Thing>
std::string json_of(const Thing& thing) {
    std::string out;
    append_json(thing, out);
    return out;
}

Event sample() {
    Event event{.seq = 42,
                .type = Topic::parse("order.created"),
                .source = "//host/root/tocsin",
                .id = "order-7",
                .recorded = core::from_microseconds(1'795'344'420'123'456),
                .author = {"user", "root"},
                .attributes = {},
                .data = {Data::Kind::json, R"({"id":7})"}};
    event.attributes.add("time", "2026-11-22T10:00:00Z");
    event.attributes.add("subject", "shop");
    return event;
}

TEST(Topic, TakesVisibleAsciiInTokens) {
    for (const char* text : {"a", "order.created", "A-b_c.1", "~!@#$%^&()[]{}|\\\"'<,/?"})
        EXPECT_EQ(Topic::parse(text).name(), text);
    EXPECT_EQ(Topic::parse(std::string(200, 'a')).name().size(), 200U);
}

TEST(Topic, RefusesTheRestAndSaysWhy) {
    EXPECT_EQ(topic_refusal(""), "type has 0 bytes");
    EXPECT_EQ(topic_refusal(std::string(201, 'a')), "type has 201 bytes");
    for (const char* text : {".a", "a.", "a..b", "."})
        EXPECT_NE(topic_refusal(text).find("empty token"), std::string::npos) << text;
    for (const char* text : {"a b", "a\tb", "a\n", "\x7F", "glöckchen"})
        EXPECT_NE(topic_refusal(text).find("visible ASCII"), std::string::npos) << text;
    for (const char* text : {"*", ">", "a.*", "a.>", "a*b"})
        EXPECT_NE(topic_refusal(text).find("wildcard"), std::string::npos) << text;
}

TEST(Topic, ReservesTheDaemonsOwn) {
    EXPECT_TRUE(Topic::parse("tocsin.head").is_reserved());
    EXPECT_TRUE(Topic::parse("qr.scanned").is_reserved());
    EXPECT_FALSE(Topic::parse("tocsins.head").is_reserved());
    EXPECT_FALSE(Topic::parse("my.tocsin.head").is_reserved());
    EXPECT_FALSE(Topic::parse("qrs.x").is_reserved());
}

TEST(TopicPattern, MatchesAName) {
    EXPECT_TRUE(matches("order.created", "order.created"));
    EXPECT_FALSE(matches("order.created", "order"));
    EXPECT_FALSE(matches("order", "order.created"));
    EXPECT_FALSE(matches("order.created", "order.Created"));
    EXPECT_FALSE(matches("order.created", "order.created2"));
}

TEST(TopicPattern, StarStandsForOneToken) {
    EXPECT_TRUE(matches("*", "a"));
    EXPECT_FALSE(matches("*", "a.b"));
    EXPECT_TRUE(matches("a.*", "a.b"));
    EXPECT_FALSE(matches("a.*", "a"));
    EXPECT_FALSE(matches("a.*", "a.b.c"));
    EXPECT_TRUE(matches("a.*.c", "a.b.c"));
    EXPECT_TRUE(matches("*.*", "a.b"));
}

TEST(TopicPattern, ArrowStandsForOneOrMoreAtTheEnd) {
    EXPECT_TRUE(matches(">", "a"));
    EXPECT_TRUE(matches(">", "a.b.c"));
    EXPECT_TRUE(matches("a.>", "a.b"));
    EXPECT_TRUE(matches("a.>", "a.b.c"));
    EXPECT_FALSE(matches("a.>", "a"));
    EXPECT_FALSE(matches("a.>", "ab.c"));
    EXPECT_TRUE(matches("*.b.>", "a.b.c"));
}

TEST(TopicPattern, ThatStartsWithAWildcardLeavesOutTheDaemonsOwn) {
    EXPECT_FALSE(matches(">", "tocsin.head"));
    EXPECT_FALSE(matches("*.head", "tocsin.head"));
    EXPECT_TRUE(matches("tocsin.>", "tocsin.head"));
    EXPECT_TRUE(matches("tocsin.*", "tocsin.head"));
    EXPECT_TRUE(matches(">", "tocsins.head"));
    EXPECT_TRUE(matches(">", "qr.scanned"));
}

TEST(TopicPattern, RefusesWildcardsInOddPlaces) {
    EXPECT_NE(pattern_refusal("a.>.b").find("goes on after '>'"), std::string::npos);
    for (const char* text : {"a*", "*a", "**", "a.b>", ">>"})
        EXPECT_NE(pattern_refusal(text).find("mixes a wildcard"), std::string::npos) << text;
    for (const char* text : {"", "a..b", ".>", "a b"}) EXPECT_NE(pattern_refusal(text), "accepted") << text;
}

TEST(TopicPattern, OfManyOneIsEnoughAndNoneMeansEverything) {
    const std::vector<TopicPattern> patterns{TopicPattern::parse("a.*"), TopicPattern::parse("b")};
    EXPECT_TRUE(any_matches(patterns, "a.x"));
    EXPECT_TRUE(any_matches(patterns, "b"));
    EXPECT_FALSE(any_matches(patterns, "c"));
    EXPECT_TRUE(any_matches({}, "tocsin.head"));
}

TEST(JsonString, EscapesWhatJsonMustNotHold) {
    EXPECT_EQ(json_string(""), R"("")");
    EXPECT_EQ(json_string("plain"), R"("plain")");
    EXPECT_EQ(json_string("\"\\/"), R"("\"\\/")");
    EXPECT_EQ(json_string("\n\r\t"), R"("\n\r\t")");
    EXPECT_EQ(json_string(std::string_view("\0\x01\x1F\x7F", 4)), "\"\\u0000\\u0001\\u001f\x7F\"");
    EXPECT_EQ(json_string("Glöckchen 🔔"), "\"Glöckchen 🔔\"");
}

TEST(JsonString, IsJsonForEveryByteOfAscii) {
    std::string all;
    for (char c = 0; c < 0x7F; ++c) all += c;
    EXPECT_TRUE(is_json(json_string(all)));
}

TEST(Json, IsToldFromOtherText) {
    for (const char* text : {"1", "null", "\"x\"", "[]", "{\"a\":[1,2]}", " true "})
        EXPECT_TRUE(is_json(text)) << text;
    for (const char* text : {"", "x", "'x'", "{a:1}", "[1,]", "1 2", "nul"})
        EXPECT_FALSE(is_json(text)) << text;
}

TEST(JsonCheck, TheStrictOneTakesWhatTheDaemonTakes) {
    const std::string deep(256, '[');
    for (const std::string& text :
         {std::string(R"({"a":{"a":[1,"a"]},"b":{"a":null}})"), std::string("1e308"),
          std::string("12345678901234567890123"), deep + std::string(256, ']')})
        EXPECT_TRUE(is_strict_json(text)) << text;
    for (const std::string& text :
         {std::string(R"({"a":1,"a":2})"), std::string(R"([{"b":{"a":1,"\u0061":2}}])"), std::string("1e999"),
          std::string("\"\xff\""), std::string("{} {}"), '[' + deep + std::string(257, ']'), std::string()})
        EXPECT_FALSE(is_strict_json(text)) << text;
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
    const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(base64(bytes), text);
        EXPECT_EQ(decode_base64(text), bytes);
    }
}

TEST(Base64, GivesBackEveryByte) {
    std::string bytes;
    for (int round = 0; round < 5; ++round) {
        for (int c = 0; c < 256; ++c) bytes += static_cast<char>(c);
        bytes += 'x';  // another remainder of three each round
        EXPECT_EQ(decode_base64(base64(bytes)), bytes);
    }
}

TEST(Base64, RefusesOtherText) {
    for (const char* text : {"A", "AB", "ABC", "A===", "====", "AB=C", "AAA\n", "AA A", "AA-_", "Zg==Zg=="})
        EXPECT_FALSE(decode_base64(text)) << text;
}

TEST(Attributes, KeepTheirOrderAsJsonMembers) {
    Attributes attributes;
    EXPECT_TRUE(attributes.empty());
    attributes.add("time", "2026-11-22T10:00:00Z");
    attributes.add("subject", "a \"quoted\" one");
    attributes.add("priority", -3);
    attributes.add_flag("urgent", "true");
    EXPECT_EQ(attributes.json(),
              R"("time":"2026-11-22T10:00:00Z","subject":"a \"quoted\" one","priority":-3,"urgent":true)");
    EXPECT_EQ(Attributes::trusted(attributes.json()), attributes);
}

TEST(Attributes, AreFoundAsText) {
    Attributes attributes;
    EXPECT_FALSE(attributes.find("subject"));
    attributes.add("subject", "a \"quoted\" one");
    attributes.add("priority", 5);
    attributes.add_flag("urgent", "false");
    EXPECT_EQ(attributes.find("subject"), "a \"quoted\" one");
    EXPECT_EQ(attributes.find("priority"), "5");
    EXPECT_EQ(attributes.find("urgent"), "false");
    EXPECT_FALSE(attributes.find("absent"));
}

TEST(Attributes, RefuseNamesThatCloudEventsDoesNotAllow) {
    for (const std::string& name :
         {std::string(), std::string("Subject"), std::string("a-b"), std::string("a_b"), std::string("a b"),
          std::string("ö"), std::string(65, 'a')}) {
        Attributes attributes;
        EXPECT_NE(refusal([&] { attributes.add(name, "x"); }).find("is not allowed"), std::string::npos)
            << name;
        EXPECT_TRUE(attributes.empty()) << name;
    }
    Attributes attributes;
    attributes.add(std::string(64, 'a'), "x");
    EXPECT_FALSE(attributes.empty());
}

TEST(Attributes, RefuseValuesThatAreNotPrintableText) {
    for (const char* value : {"", "\n", "a\x01", "\x7F", "\xFF", "\xC2\x85"}) {
        Attributes attributes;
        EXPECT_NE(refusal([&] { attributes.add("subject", value); }).find("'subject'"), std::string::npos);
        EXPECT_TRUE(attributes.empty());
    }
}

TEST(EventJson, IsOneCloudEvent) {
    EXPECT_EQ(
        json_of(sample()),
        R"({"specversion":"1.0","id":"order-7","source":"//host/root/tocsin","type":"order.created",)"
        R"("time":"2026-11-22T10:00:00Z","subject":"shop","sequence":"0000000000000042",)"
        R"("recordedtime":"2026-11-22T10:47:00.123456Z","authtype":"user","authid":"root","data":{"id":7}})");
}

TEST(EventJson, TakesTheRecordedTimeWhereNoneWasGiven) {
    Event event = sample();
    event.attributes = {};
    EXPECT_NE(json_of(event).find(R"("time":"2026-11-22T10:47:00.123456Z","sequence")"), std::string::npos);
}

TEST(EventJson, EndsWithItsDataAsItIs) {
    const std::vector<std::pair<Data, std::string>> all{
        {{Data::Kind::none, ""}, R"("authid":"root"})"},
        {{Data::Kind::json, R"({"z":1,"a":[true,null,"x"]})"}, R"(,"data":{"z":1,"a":[true,null,"x"]}})"},
        {{Data::Kind::json, "null"}, R"(,"data":null})"},
        {{Data::Kind::binary, std::string("\0\xFF\n", 3)}, R"(,"data_base64":"AP8K"})"},
        {{Data::Kind::binary, ""}, R"(,"data_base64":""})"}};
    for (const auto& [data, end] : all) {
        Event event = sample();
        event.data = data;
        EXPECT_TRUE(json_of(event).ends_with(end)) << json_of(event);
        EXPECT_TRUE(is_json(json_of(event)));
    }
}

TEST(DraftJson, LeavesOutWhatItDoesNotHave) {
    Draft draft{.type = Topic::parse("a.b"), .source = "", .id = "", .attributes = {}, .data = {}};
    EXPECT_EQ(json_of(draft), R"({"specversion":"1.0","type":"a.b"})");
    draft.id = "x";
    draft.source = "/here";
    draft.attributes.add("subject", "s");
    draft.data = {Data::Kind::binary, "foo"};
    EXPECT_EQ(
        json_of(draft),
        R"({"specversion":"1.0","type":"a.b","id":"x","source":"/here","subject":"s","data_base64":"Zm9v"})");
    EXPECT_EQ(draft.size_bytes(), 3 + 1 + 5 + draft.attributes.json().size() + 3);
}

TEST(Traceparent, IsTakenInVersion00) {
    EXPECT_TRUE(is_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    EXPECT_TRUE(is_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"));
    EXPECT_TRUE(is_traceparent("00-00000000000000000000000000000001-0000000000000001-ff"));
}

TEST(Traceparent, IsLeftOutWhenAnyPartIsWrong) {
    for (const char* bad : {"", "00-1-2-3",
                            // another version, and the one that is never valid
                            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            // ids of zeros only
                            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                            // upper case, no digit, a dash in the place of one
                            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            "00-0af7651916cd43dd8448eb211c80319c-B7ad6b7169203331-01",
                            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A",
                            "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
                            "00-0af76519-6cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            // other separators, one byte too few, one too many
                            "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
                            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
                            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
                            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 "})
        EXPECT_FALSE(is_traceparent(bad)) << bad;
}

}  // namespace
}  // namespace tocsin::event
