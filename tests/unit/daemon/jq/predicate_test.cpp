// SPDX-License-Identifier: Apache-2.0
// The native path against libjq: whatever is judged without it must be judged as it would.
#include "daemon/adapters/jq/predicate.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tocsin::daemon::jq {
namespace {

class Generator {
 public:
    explicit Generator(unsigned seed) : random_(seed) {}

    std::string event() {
        return R"({"type":"order.created","sequence":"0000000000000007","data":)" + value(3) + "}";
    }
    std::string predicate() { return disjunction(2); }

 private:
    std::size_t below(std::size_t count) { return random_() % count; }
    template <std::size_t Count>
    std::string one_of(const char* const (&words)[Count]) {
        return words[below(Count)];
    }

    std::string key() { return one_of({"a", "b", "c", "amount", "a b", "\\u00e4", "x\\ny"}); }
    std::string number() {
        return one_of({"0", "1", "-1", "1.5", "100", "1e2", "99.99999999999999", "9007199254740993", "-0.0",
                       "1e-7", "18446744073709551615", "123456789012345678901234567890", "3.0", "1E+2"});
    }
    std::string string() {
        return one_of({R"("")", R"("a")", R"("ab")", R"("web1")", R"("WEB1")", R"("\u00e4pfel")",
                       R"("\ud83d\ude00")", R"("a\u0000b")", R"("line\nbreak")", R"("100")", R"("\uffff")",
                       R"("zz")"});
    }
    std::string value(int depth) {
        switch (below(depth > 0 ? 8 : 5)) {
            case 0: return "null";
            case 1: return below(2) == 0 ? "true" : "false";
            case 2: return number();
            case 3:
            case 4: return string();
            case 5: return "[" + value(depth - 1) + "," + value(depth - 1) + "]";
            default: {
                std::string json = "{";
                for (const char* name : {"a", "b", "c", "amount", "a b", "\\u00e4", "x\\ny"})
                    if (below(3) == 0)
                        json +=
                            (json.size() > 1 ? ",\"" : "\"") + std::string(name) + "\":" + value(depth - 1);
                return json + "}";
            }
        }
    }

    std::string path() {
        std::string path = one_of({".data", ".data", ".data", ".type", ".sequence", "."});
        if (path == ".") return below(2) == 0 ? "." : ".[\"data\"]";
        for (std::size_t steps = below(3); steps > 0; --steps) {
            switch (below(4)) {
                case 0: path += "[\"" + key() + "\"]"; break;
                case 1: path += "[" + std::to_string(below(3)) + "]"; break;
                case 2: path += ".\"" + key() + "\""; break;
                default: path += one_of({".a", ".b", ".c", ".amount"});
            }
        }
        return path;
    }
    std::string literal() {
        switch (below(4)) {
            case 0: return one_of({"null", "true", "false"});
            case 1: return string_literal();
            default: return number_literal();
        }
    }
    std::string number_literal() {
        return one_of(
            {"0", "1", "-1", "1.5", "100", "1e2", "9007199254740992", "3", "1e-7", "18446744073709551616"});
    }
    std::string string_literal() {
        return one_of({R"("")", R"("a")", R"("ab")", R"("web1")", R"("\u00e4pfel")", R"("ä")",
                       R"("order.created")", R"("100")", R"("zz")", R"("a\u0000b")", R"("line\nbreak")"});
    }
    std::string comparison() { return one_of({"==", "!=", "<", "<=", ">", ">="}); }

    std::string atom(int depth) {
        switch (below(depth > 0 ? 9 : 5)) {
            case 0: return path();
            case 1: return literal() + " " + comparison() + " " + path();
            case 2:
            case 3:
            case 4: return path() + " " + comparison() + " " + literal();
            case 5: return "(" + path() + " | startswith(" + string_literal() + "))";
            case 6:
                return "(" + path() + R"( | test(")" +
                       one_of({"^w", "b1$", "[0-9]+", ".", "^$", "(?i)web", "ä", "a|b"}) + "\"))";
            case 7:
                return "(" + path() + " | has(" +
                       (below(3) == 0 ? std::to_string(below(3)) : "\"" + key() + "\"") + "))";
            default: return "(" + disjunction(depth - 1) + (below(2) == 0 ? " | not)" : ")");
        }
    }
    std::string conjunction(int depth) {
        return below(3) == 0 ? atom(depth) + " and " + atom(depth) : atom(depth);
    }
    std::string disjunction(int depth) {
        return below(3) == 0 ? conjunction(depth) + " or " + conjunction(depth) : conjunction(depth);
    }

    std::mt19937 random_;
};

/// What libjq says of many predicates: a program for each would spend its time on compiling jq's own library.
class Reference {
 public:
    explicit Reference(const std::vector<std::string>& predicates)
        : program_(Program::compile(all(predicates))) {}

    /// A digit for each: 0 no, 1 yes, 2 an error.
    std::string judge(const std::string& event) const { return program_.run(event, 1).values.at(0); }

 private:
    static std::string all(const std::vector<std::string>& predicates) {
        std::string text = "[";
        for (const std::string& predicate : predicates)
            text += (text.size() > 1 ? "," : "") +
                    ("(try ((" + predicate + ") | if . then 1 else 0 end) catch 2)");
        return text + "] | map(tostring) | add";
    }
    Program program_;
};

char digit_of(Truth::Kind kind) {
    return kind == Truth::Kind::no ? '0' : kind == Truth::Kind::yes ? '1' : '2';
}

TEST(JqPredicate, AgreesWithLibjqOnRandomInput) {
    constexpr std::size_t predicates = 10'000;
    constexpr std::size_t at_once = 50;
    constexpr int events = 5;
    Generator generator(20261122);
    std::size_t judged = 0;
    std::size_t left = 0;
    for (std::size_t made = 0; made < predicates; made += at_once) {
        std::vector<std::string> texts;
        std::vector<Predicate> natives;
        for (std::size_t i = 0; i < at_once; ++i) {
            texts.push_back(generator.predicate());
            auto native = Predicate::parse(texts.back());
            ASSERT_TRUE(native) << "not taken natively: " << texts.back();
            natives.push_back(*std::move(native));
        }
        const Reference reference(texts);
        for (int k = 0; k < events; ++k) {
            const std::string event = generator.event();
            const std::string expected = reference.judge(event);
            for (std::size_t i = 0; i < at_once; ++i) {
                const auto kind = natives[i].judge(event);
                const char native = kind ? digit_of(*kind) : expected.at(i + 1);
                ASSERT_EQ(native, expected.at(i + 1)) << texts[i] << "\n" << event;
                ++(kind ? judged : left);
            }
        }
    }
    EXPECT_EQ(judged + left, predicates * events);
    EXPECT_GT(judged, 10 * left) << left << " inputs were left to libjq";
}

TEST(JqPredicate, LeavesEverythingElseToLibjq) {
    for (const char* expression : {"",
                                   ".a == .b",
                                   ".a | length",
                                   ".a[]",
                                   ".a?",
                                   ".a == 1 and .b | test(\"x\")",
                                   ".a | test(\"x\") and .b",
                                   ".a | startswith(\"x\") or .b",
                                   ".a | not and .b",
                                   ".a == 1 == 2",
                                   ".a + 1 == 2",
                                   ".a -1 == 0",
                                   ".a == \"\\(.b)\"",
                                   ".a | test(\"[\")",
                                   ".a | test(\"x\"; \"i\")",
                                   ".a | has(.b)",
                                   ".a // false",
                                   ".a == 1, .b",
                                   "$x",
                                   ".a as $x | $x",
                                   "..",
                                   ".[-1] == 1",
                                   ".[1:2] == 1",
                                   ".a.[0] == 1",
                                   "true",
                                   "1 == 1",
                                   ".a == [1]",
                                   ".a == {}",
                                   "if .a then .b else .c end",
                                   ".a |= 1",
                                   ".a == 1 # so",
                                   "@text",
                                   ".a::b",
                                   ".a == 1.2.3",
                                   ".a == \"\\ud800\"",
                                   ".a == 'x'",
                                   "not",
                                   ".a and",
                                   "(.a",
                                   ".a)",
                                   ".1 == 1",
                                   ".a == .5",
                                   ".a .b == 1"})
        EXPECT_FALSE(Predicate::parse(expression)) << expression;
}

TEST(JqPredicate, TakesWhatPeopleWrite) {
    for (const char* expression :
         {".data.amount > 100", ".data.host==\"web1\"", ".data.a == 1 and (.data.b | test(\"^x\"))",
          ".type | startswith(\"order.\")", ".data | has(\"id\")", ".data.ok | not", ".data.flag",
          "(.data.a == 1 or .data.b == 2) and .data.c != null", ".data.list[0] == \"x\"",
          ".data[\"a b\"] <= -1.5", "\n .data.a\n == 1\n"})
        EXPECT_TRUE(Predicate::parse(expression)) << expression;
}

}  // namespace
}  // namespace tocsin::daemon::jq
