// SPDX-License-Identifier: Apache-2.0
#include "common/event/topic.hpp"

#include <algorithm>

#include "common/core/error.hpp"

namespace tocsin::event {
namespace {

using core::Code;
using core::Error;

constexpr std::string_view own_prefix = "tocsin.";

/// Cuts the first token off; the rest is empty when it was the last one.
std::string_view take_token(std::string_view& text) noexcept {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view token = text.substr(0, dot);
    text.remove_prefix(std::min(dot + 1, text.size()));
    return token;
}

void check_form(std::string_view what, std::string_view text) {
    if (text.empty() || text.size() > Topic::max_bytes)
        throw Error(Code::invalid, std::string(what) + " has " + std::to_string(text.size()) + " bytes",
                    "use 1 to 200 bytes, as in order.created");
    if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; }))
        throw Error(Code::invalid, std::string(what) + " holds a character that is not visible ASCII",
                    "use letters, digits, '-' and '_', joined by dots");
    if (text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos)
        throw Error(Code::invalid, std::string(what) + " '" + std::string(text) + "' has an empty token",
                    "put exactly one '.' between tokens");
}

}  // namespace

Topic Topic::parse(std::string_view text) {
    check_form("type", text);
    if (text.find_first_of("*>") != std::string_view::npos)
        throw Error(Code::invalid, "type '" + std::string(text) + "' holds a wildcard",
                    "'*' and '>' stand in patterns only; name one type");
    return Topic(std::string(text));
}

bool Topic::is_reserved() const noexcept { return name_.starts_with(own_prefix) || name_.starts_with("qr."); }

TopicPattern TopicPattern::parse(std::string_view text) {
    check_form("pattern", text);
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view token = take_token(rest);
        if (token.find_first_of("*>") == std::string_view::npos) continue;
        const std::string name = "pattern '" + std::string(text) + "'";
        if (token.size() > 1)
            throw Error(Code::invalid, name + " mixes a wildcard with other characters in one token",
                        "a wildcard is a token of its own: order.* or order.>");
        if (token == ">" && !rest.empty())
            throw Error(Code::invalid, name + " goes on after '>'",
                        "'>' stands at the end; use '*' for one token");
    }
    return TopicPattern(std::string(text));
}

void Topic::require_free() const {
    if (is_reserved())
        throw Error(Code::denied, "type '" + name_ + "' is the daemon's own",
                    "choose a type that starts with neither 'tocsin.' nor 'qr.'");
}

bool TopicPattern::matches(std::string_view topic) const noexcept {
    const bool wild_start = text_.front() == '*' || text_.front() == '>';
    if (wild_start && topic.starts_with(own_prefix)) return false;
    std::string_view pattern = text_;
    while (!pattern.empty() && !topic.empty()) {
        const std::string_view want = take_token(pattern);
        if (want == ">") return true;
        const std::string_view have = take_token(topic);
        if (want != "*" && want != have) return false;
    }
    return pattern.empty() && topic.empty();
}

bool any_matches(const std::vector<TopicPattern>& patterns, std::string_view topic) noexcept {
    return patterns.empty() ||
           std::ranges::any_of(patterns, [&](const TopicPattern& pattern) { return pattern.matches(topic); });
}

}  // namespace tocsin::event
