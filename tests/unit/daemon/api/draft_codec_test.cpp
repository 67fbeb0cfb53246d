// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/draft_codec.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "common/core/error.hpp"
#include "common/event/json_check.hpp"

namespace tocsin::daemon::api {
namespace {

using core::Code;
using core::Error;
using event::Data;

template <class Work>
std::optional<Error> error_of(Work work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

class Codec : public testing::Test {
 protected:
    std::string value(std::string_view json) { return codec.read_value(json); }
    event::Draft one(std::string_view json) { return codec.read_one(json); }

    /// The data of an event that carries this value.
    std::string data(const std::string& json) {
        return one(R"({"type":"a","data":)" + json + "}").data.bytes;
    }

    std::optional<Error> refusal(std::string_view json) {
        return error_of([&] { one(json); });
    }
    std::optional<Error> refusal_of_data(const std::string& json) {
        return error_of([&] { data(json); });
    }
    std::optional<Error> refusal_of_value(std::string_view json) {
        return error_of([&] { value(json); });
    }

    DraftCodec codec;
};

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string nested_objects(std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += R"({"a":)";
    return text + "1" + std::string(depth, '}');
}

TEST_F(Codec, ReadsEveryMember) {
    const auto draft =
        one(R"({"specversion":"1.0","type":"a.b","id":"7","source":"/s","time":"2026-01-31T12:00:00Z",)"
            R"("subject":"x","n":-5,"yes":true,"data":{"k":1}})");
    EXPECT_EQ(draft.type.name(), "a.b");
    EXPECT_EQ(draft.id, "7");
    EXPECT_EQ(draft.id_origin, event::IdOrigin::client);
    EXPECT_EQ(draft.source, "/s");
    EXPECT_EQ(draft.attributes.json(), R"("time":"2026-01-31T12:00:00Z","subject":"x","n":-5,"yes":true)");
    EXPECT_EQ(draft.data, (Data{Data::Kind::json, R"({"k":1})"}));
}

TEST_F(Codec, LeavesOutWhatIsNotThere) {
    const auto draft = one(R"({"type":"a"})");
    EXPECT_EQ(draft.id_origin, event::IdOrigin::minted);
    EXPECT_TRUE(draft.id.empty() && draft.source.empty() && draft.attributes.empty());
    EXPECT_EQ(draft.data.kind, Data::Kind::none);
}

TEST_F(Codec, PutsTimeFirstWhereverItStood) {
    EXPECT_EQ(one(R"({"subject":"x","type":"a","time":"2026-01-31T12:00:00Z"})").attributes.json(),
              R"("time":"2026-01-31T12:00:00Z","subject":"x")");
}

TEST_F(Codec, DropsWhatTheDaemonSets) {
    EXPECT_TRUE(one(R"({"type":"a","sequence":"1","recordedtime":"x","authtype":{},"authid":[1]})")
                    .attributes.empty());
}

TEST_F(Codec, TakesNullForNotSet) {
    const auto draft =
        one(R"({"type":"a","id":null,"source":null,"time":null,"subject":null,"data_base64":null})");
    EXPECT_EQ(draft.id_origin, event::IdOrigin::minted);
    EXPECT_TRUE(draft.attributes.empty());
    EXPECT_EQ(one(R"({"type":"a","data":null})").data, (Data{Data::Kind::json, "null"}));
}

TEST_F(Codec, GivesTheDefaultTypeOnlyToThoseWithout) {
    const DraftDefaults defaults{"d.e"};
    EXPECT_EQ(codec.read_one("{}", defaults).type.name(), "d.e");
    EXPECT_EQ(codec.read_one(R"({"type":"a"})", defaults).type.name(), "a");
}

TEST_F(Codec, KeepsDataAsSent) {
    for (const char* text :
         {"-0", "1E+5", "0.10", "123456789012345678901234567890.5e-10", R"({"z":1,"a":[],"m":{}})",
          R"("\u00e9\/\ud83c\udf89\u0000")", R"({"\u0061":1})", "null", "true", "false", "\"\"", "5e-324"})
        EXPECT_EQ(data(text), text);
}

TEST_F(Codec, RemovesWhiteSpaceBetweenTokensOnly) {
    EXPECT_EQ(data(" { \"a b\" :\t[ 1 ,\r\n\" x \\\" y \" ] } "), R"({"a b":[1," x \" y "]})");
    EXPECT_EQ(value(" [ 1 , 2 ] "), "[1,2]");
}

TEST_F(Codec, ReadsScalarsWithWhiteSpaceAroundThem) {
    for (const std::string text : {"null", "true", "false", "7", "-1.5", "\"x\""})
        for (const std::string& around :
             {text, text + "\n", " " + text, " " + text + " ", "\r\n\t " + text + " \r\n\t"}) {
            const auto error = refusal_of_value(around);
            EXPECT_FALSE(error) << '[' << around << "] " << error->what();
            EXPECT_EQ(data(around), text);
        }
}

TEST_F(Codec, AllowsTheDepthAndNoMore) {
    for (const auto& make : {nested, nested_objects}) {
        EXPECT_EQ(data(make(event::max_json_depth)), make(event::max_json_depth));
        EXPECT_EQ(value(make(event::max_json_depth)), make(event::max_json_depth));
        for (const std::size_t depth : {event::max_json_depth + 1, std::size_t{1024}, std::size_t{1025},
                                        std::size_t{10'000}, std::size_t{1'000'000}}) {
            EXPECT_TRUE(refusal_of_data(make(depth))) << depth;
            EXPECT_TRUE(refusal_of_value(make(depth))) << depth;
        }
    }
    EXPECT_TRUE(refusal(std::string(1'000'000, '[')));
    EXPECT_TRUE(refusal_of_data(std::string(1'000'000, '{')));
}

TEST_F(Codec, RefusesDuplicateKeysAnywhere) {
    for (const char* text : {R"({"k":1,"k":1})", R"([{"k":1,"k":2}])", R"({"a":{"k":1,"b":2,"k":3}})",
                             R"({"k":1,"\u006b":2})", R"({"\u006b":1,"\u006B":2})", R"({"":1,"":2})"}) {
        const auto error = refusal_of_data(text);
        ASSERT_TRUE(error) << text;
        EXPECT_NE(std::string(error->what()).find("twice"), std::string::npos) << error->what();
        EXPECT_TRUE(refusal_of_value(text)) << text;
    }
    EXPECT_TRUE(refusal(R"({"type":"a","type":"b"})"));
    EXPECT_TRUE(refusal(R"({"type":"a","x":null,"x":null})"));
    EXPECT_EQ(data(R"({"k":{"k":{"k":1}},"K":1})"), R"({"k":{"k":{"k":1}},"K":1})");
}

TEST_F(Codec, FindsDuplicatesAmongManyKeys) {
    for (const int again : {0, 1, 15, 16, 17, 400, 999}) {
        std::string text = "{";
        for (int i = 0; i < 1000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
        EXPECT_FALSE(refusal_of_data(text + "\"other\":0}"));
        EXPECT_TRUE(refusal_of_data(text + "\"k" + std::to_string(again) + "\":0}")) << again;
    }
}

TEST_F(Codec, RefusesNumbersThatNoDoubleHolds) {
    for (const std::string text :
         {"1e999", "-1e309", "[0,1e400]", R"({"a":1e99999999999999999999})", "1.8e308"}) {
        EXPECT_TRUE(refusal_of_data(text)) << text;
        EXPECT_TRUE(refusal_of_value(text)) << text;
    }
    EXPECT_TRUE(refusal_of_data(std::string(400, '9')));
    EXPECT_EQ(data(std::string(300, '9')), std::string(300, '9'));
}

TEST_F(Codec, RefusesWhatIsNoJson) {
    for (const char* text :
         {"01",   "1.",        ".5",      "+1",          "-",           "1e",          "0x10",
          "NaN",  "Infinity",  "tru",     "truex",       "nul",         "nullx",       "fals",
          "'a'",  "\"a",       "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"", "\"a\tb\"",    "[1,]",
          "[,1]", "[1 2]",     "{,}",     R"({"a"})",    R"({"a":})",   R"({"a":1,})", R"({a:1})",
          "[1}",  "{\"a\":1]", "\xff",    "\"\xff\"",    "[1",          "{\"a\":1",    ""}) {
        std::optional<Error> error;
        EXPECT_NO_THROW(error = refusal_of_data(text)) << text;
        EXPECT_TRUE(error && error->code() == Code::invalid && !error->hint().empty()) << text;
        EXPECT_NO_THROW(error = refusal_of_value(text)) << text;
        EXPECT_TRUE(error && error->code() == Code::invalid && !error->hint().empty()) << text;
    }
}

TEST_F(Codec, RefusesMisspeltNullsEverywhere) {
    for (const char* text : {R"({"type":nul})", R"({"type":"a","x":nul})", R"({"type":"a","authid":[nul]})",
                             R"({"type":"a","data":{"k":nul}})"}) {
        std::optional<Error> error;
        EXPECT_NO_THROW(error = refusal(text)) << text;
        EXPECT_TRUE(error) << text;
    }
}

TEST_F(Codec, RefusesWhatFollowsTheEnd) {
    for (const std::string& tail :
         std::vector<std::string>{"x", "{}", "}", "1", ",", "\"", std::string(1, '\0')}) {
        EXPECT_TRUE(refusal(R"({"type":"a"})" + tail)) << tail;
        EXPECT_TRUE(refusal_of_value("[1]" + tail)) << tail;
        EXPECT_TRUE(refusal_of_value("1 " + tail)) << tail;
        EXPECT_TRUE(error_of([&] { codec.read_array(R"([{"type":"a"}])" + tail); })) << tail;
    }
}

TEST_F(Codec, WorksOnAfterEachMistake) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(refusal(R"({"type":"a","data":[1,{"k":)"));
        EXPECT_EQ(one(R"({"type":"a","data":"y"})").data.bytes, "\"y\"");
    }
}

TEST_F(Codec, DecodesBinaryData) {
    EXPECT_EQ(one(R"({"type":"a","data_base64":"AP8="})").data,
              (Data{Data::Kind::binary, std::string("\0\xff", 2)}));
    for (const char* text :
         {"A", "AB", "AB=", "A===", "====", "=", "A=B=", "AB==AB==", "A B=", "AB-_", "AP8=\\n"})
        EXPECT_TRUE(refusal(std::string(R"({"type":"a","data_base64":")") + text + "\"}")) << text;
    EXPECT_TRUE(refusal(R"({"type":"a","data":1,"data_base64":"AP8="})"));
}

TEST_F(Codec, TakesAttributesOfTheThreeKinds) {
    EXPECT_EQ(one(R"({"type":"a","n":2147483647,"m":-2147483648,"f":false})").attributes.json(),
              R"("n":2147483647,"m":-2147483648,"f":false)");
    for (const char* text :
         {"2147483648", "1.0", "1e3", "[]", "{}", "\"\"", "\"a\\u0000\"", "\"\\u0085\"", "\"\\uffff\""})
        EXPECT_TRUE(refusal(std::string(R"({"type":"a","x":)") + text + "}")) << text;
}

TEST_F(Codec, NamesTheMemberOfAnArray) {
    EXPECT_EQ(codec.read_array(R"([{"type":"a"},{"type":"b"}])").size(), 2U);
    EXPECT_EQ(codec.read_array(R"({"type":"a"})").size(), 1U);
    EXPECT_TRUE(codec.read_array("[]").empty());
    for (const char* bad : {"7", "null", "nul", R"({"type":""})", R"({"type":"a","k":1,"k":2})",
                            R"({"type":"a","data":tru})", "{}", "[]"}) {
        std::optional<Error> error;
        EXPECT_NO_THROW(error = error_of([&] {
                            codec.read_array(std::string(R"([{"type":"a"},)") + bad + R"(,{"type":"c"}])");
                        }))
            << bad;
        EXPECT_EQ(error ? error->line() : std::nullopt, 2U) << bad;
    }
}

TEST_F(Codec, NamesTheLine) {
    EXPECT_EQ(codec.read_lines("{\"type\":\"a\"}\n{\"type\":\"b\"}").size(), 2U);
    EXPECT_EQ(codec.read_lines("\r\n {\"type\":\"a\"} \r\n\n\t\n{\"type\":\"b\"}\n\n").size(), 2U);
    EXPECT_TRUE(codec.read_lines("").empty());
    EXPECT_TRUE(codec.read_lines(" \n\t\r\n").empty());
    for (const char* bad : {"7", "{", "{}", "nul", R"({"type":"a"} x)", R"({"type":"a","data":nul})", "[]"}) {
        std::optional<Error> error;
        EXPECT_NO_THROW(error = error_of([&] {
                            codec.read_lines(std::string("\n{\"type\":\"a\"}\n\r\n") + bad +
                                             "\n{\"type\":\"c\"}");
                        }))
            << bad;
        EXPECT_EQ(error ? error->line() : std::nullopt, 4U) << bad;
    }
}

}  // namespace
}  // namespace tocsin::daemon::api
