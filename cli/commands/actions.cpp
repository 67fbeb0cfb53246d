// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/actions.hpp"

#include "cli/commands/options.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::commands {

void refuse_action(std::string_view verb, std::string_view word, std::span<const std::string_view> known) {
    const auto guess = core::nearest(word, known);
    const std::vector<std::string> names(known.begin(), known.end());
    throw usage_error(verb, "'" + std::string(word) + "' is none of " + core::joined(names) +
                                (guess ? "; did you mean '" + std::string(*guess) + "'?" : ""));
}

void check_words(std::string_view verb, const ActionRule& rule, const std::vector<std::string>& words) {
    const bool needs_word = rule.takes == Takes::one || rule.takes == Takes::some;
    if (words.empty() && needs_word)
        throw usage_error(verb, "'" + std::string(rule.name) + "' needs " + std::string(rule.noun));
    const std::size_t most = rule.takes == Takes::none ? 0 : rule.takes == Takes::one ? 1 : words.size();
    if (words.size() > most) throw usage_error(verb, "unexpected word '" + words[most] + "'");
}

void check_options(std::string_view verb, const ActionRule& rule, std::span<const OptionUse> options) {
    for (const OptionUse& option : options)
        if (option.is_given && rule.options.find(option.name) == std::string_view::npos)
            throw usage_error(verb, "'" + std::string(rule.name) + "' takes no " + std::string(option.name));
}

}  // namespace tocsin::cli::commands
