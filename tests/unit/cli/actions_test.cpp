// SPDX-License-Identifier: Apache-2.0
// Verbs with actions: which words and options go together.
#include "cli/commands/actions.hpp"

#include <gtest/gtest.h>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::commands {
namespace {

struct Asked {};

void nothing(connection::Connection&, const Asked&, output::Console&) {}

constexpr std::array actions{
    Action<Asked>{{"list", Takes::none, {}, "--limit"}, nothing},
    Action<Asked>{{"show", Takes::one, "an id", {}}, nothing},
    Action<Asked>{{"pause", Takes::some, "a name", {}}, nothing},
    Action<Asked>{{"drop", Takes::any, "an id", "--limit --all"}, nothing},
};

std::string_view taken(std::vector<std::string>& words, OptionUse option = {"--all"}) {
    return take_action("dead", actions, words, std::array{option}).rule.name;
}

std::string refusal(std::vector<std::string> words, OptionUse option = {"--all"}) {
    try {
        taken(words, option);
    } catch (const core::Exit& error) {
        EXPECT_EQ(error.status(), core::ExitStatus::usage);
        return error.what();
    }
    return {};
}

TEST(Actions, TheFirstIsDoneWhenNoneIsNamed) {
    std::vector<std::string> words;
    EXPECT_EQ(taken(words), "list");
}

TEST(Actions, TheNameIsTakenOffTheWords) {
    std::vector<std::string> words{"pause", "a", "b"};
    EXPECT_EQ(taken(words), "pause");
    EXPECT_EQ(words, (std::vector<std::string>{"a", "b"}));
    words = {"drop"};
    EXPECT_EQ(taken(words, {"--all", true}), "drop");
}

TEST(Actions, OthersAreRefusedWithAGuess) {
    EXPECT_EQ(refusal({"lsit"}), "'lsit' is none of list, show, pause, drop; did you mean 'list'?");
    EXPECT_EQ(refusal({"7"}), "'7' is none of list, show, pause, drop");
}

TEST(Actions, TakeTheirWordsAndNoOthers) {
    EXPECT_EQ(refusal({"list", "a"}), "unexpected word 'a'");
    EXPECT_EQ(refusal({"show"}), "'show' needs an id");
    EXPECT_EQ(refusal({"show", "1", "2"}), "unexpected word '2'");
    EXPECT_EQ(refusal({"pause"}), "'pause' needs a name");
    EXPECT_EQ(refusal({"drop", "1", "2"}), "");
}

TEST(Actions, TakeTheirOptionsAndNoOthers) {
    EXPECT_EQ(refusal({"show", "1"}, {"--all", true}), "'show' takes no --all");
    EXPECT_EQ(refusal({}, {"--all", true}), "'list' takes no --all");
    EXPECT_EQ(refusal({}, {"--limit", true}), "");
}

}  // namespace
}  // namespace tocsin::cli::commands
