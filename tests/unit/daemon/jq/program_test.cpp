// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/jq/program.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "common/core/error.hpp"

namespace tocsin::daemon::jq {
namespace {

using Values = std::vector<std::string>;

Outputs run(std::string_view expression, std::string_view json = R"({"a":1})") {
    return Program::compile(expression).run(json, 100);
}

TEST(JqProgram, GivesAllOutputs) {
    EXPECT_EQ(run(".a, {b: .a}, empty, [.a]").values, (Values{"1", R"({"b":1})", "[1]"}));
    EXPECT_EQ(run("range(1000)").values.size(), 100U);
}

TEST(JqProgram, KeepsWhatCameBeforeAnError) {
    const Outputs outputs = run("1, error(\"x\"), 2");
    EXPECT_EQ(outputs.values, Values{"1"});
    EXPECT_EQ(outputs.error, "x");
    EXPECT_EQ(run(".a.b").error, "Cannot index number with string \"b\"");
}

TEST(JqProgram, RunsAgainAfterAnError) {
    const Program program = Program::compile(".a.b");
    EXPECT_TRUE(program.run(R"({"a":1})", 1).error);
    EXPECT_EQ(program.run(R"({"a":{"b":2}})", 1).values, Values{"2"});
}

TEST(JqProgram, IsTrueByItsFirstOutput) {
    const auto truth = [](std::string_view expression) {
        return Program::compile(expression).truth("{}").kind;
    };
    EXPECT_EQ(truth("0"), Truth::Kind::yes);
    EXPECT_EQ(truth("true, error"), Truth::Kind::yes);
    EXPECT_EQ(truth("false, true"), Truth::Kind::no);
    EXPECT_EQ(truth("null"), Truth::Kind::no);
    EXPECT_EQ(truth("empty"), Truth::Kind::no);
    EXPECT_EQ(truth("error(\"x\")"), Truth::Kind::error);
    EXPECT_EQ(truth("error(null)"), Truth::Kind::no);  // jq 1.6 takes it for `empty`
}

TEST(JqProgram, SeesNothingOfTheHost) {
    setenv("SECRET_OF_THE_DAEMON", "seen", 1);
    for (const std::string_view expression :
         {"env", "$ENV", "env.SECRET_OF_THE_DAEMON", "$ENV.SECRET_OF_THE_DAEMON", "[inputs]",
          "try input catch .", "input_filename", "get_search_list", "def f: env; f", "[1] | map(env)",
          "try (\"a\"|modulemeta) catch ."})
        for (const std::string& value : run(expression).values)
            EXPECT_EQ(value.find("seen"), std::string::npos) << expression;
    for (const std::string_view expression :
         {"import \"a\" as a; .", "include \"a\"; .", "a::b", "$__prog_args"})
        EXPECT_THROW(Program::compile(expression), core::Error) << expression;
    EXPECT_EQ(run("env").values, Values{"{}"});
    EXPECT_TRUE(run("halt").error);
    EXPECT_TRUE(run("1|halt_error").error);
    EXPECT_TRUE(run("1|halt_error(2)").error);
    EXPECT_TRUE(run("input").error);
}

TEST(JqProgram, NamesTheLineOfAMistake) {
    const auto refusal = [](std::string_view expression) {
        try {
            Program::compile(expression);
        } catch (const core::Error& error) {
            return std::pair(std::string(error.what()), error.line());
        }
        return std::pair(std::string("it compiles"), std::optional<std::size_t>());
    };
    const auto [what, line] = refusal(".a\n| .b\n| nonsense(1)\n");
    EXPECT_NE(what.find("nonsense/1 is not defined"), std::string::npos) << what;
    EXPECT_EQ(line, 3U) << what;
    EXPECT_NE(refusal(".a ==").first.find("syntax error"), std::string::npos) << refusal(".a ==").first;
    EXPECT_NE(refusal(std::string_view(".a\0.b", 5)).first.find("NUL"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::daemon::jq
