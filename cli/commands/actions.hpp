// SPDX-License-Identifier: Apache-2.0
// Verbs with actions, as in `tocsin pipeline pause`: which there are, and what goes with each.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/connection/connection.hpp"
#include "cli/output/console.hpp"

namespace tocsin::cli::commands {

/// How many words an action takes.
enum class Takes : std::uint8_t { none, one, some, any };

struct ActionRule {
    std::string_view name;
    Takes takes = Takes::none;
    std::string_view noun;     ///< what the words are: `the name of a pipeline`
    std::string_view options;  ///< it takes, of those that not every action does: `--since --all`
};

template <class Asked>
struct Action {
    ActionRule rule;
    void (*run)(connection::Connection&, const Asked&, output::Console&);
};

/// An option that not every action takes, and whether it was written.
struct OptionUse {
    std::string_view name;
    bool is_given = false;
};

/// These throw usage errors.
[[noreturn]] void refuse_action(std::string_view verb, std::string_view word,
                                std::span<const std::string_view> known);
void check_words(std::string_view verb, const ActionRule& rule, const std::vector<std::string>& words);
void check_options(std::string_view verb, const ActionRule& rule, std::span<const OptionUse> options);

/// Takes the action off the words, which are checked, and the options with them. Without words it is the
/// first. Throws usage errors.
template <class Asked, std::size_t size>
const Action<Asked>& take_action(std::string_view verb, const std::array<Action<Asked>, size>& actions,
                                 std::vector<std::string>& words, std::span<const OptionUse> options) {
    std::array<std::string_view, size> names;
    std::ranges::transform(actions, names.begin(), [](const auto& action) { return action.rule.name; });
    std::size_t index = 0;
    if (!words.empty()) {
        index = static_cast<std::size_t>(std::ranges::find(names, words.front()) - names.begin());
        if (index == size) refuse_action(verb, words.front(), names);
        words.erase(words.begin());
    }
    check_words(verb, actions[index].rule, words);
    check_options(verb, actions[index].rule, options);
    return actions[index];
}

}  // namespace tocsin::cli::commands
