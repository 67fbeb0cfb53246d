// SPDX-License-Identifier: Apache-2.0
// Topics and patterns, a line each: the matcher agrees with one that is as plain as the rule.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/core/error.hpp"
#include "common/event/topic.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace tocsin;

std::vector<std::string> tokens_of(const std::string& text) {
    std::vector<std::string> tokens(1);
    for (const char c : text) {
        if (c == '.')
            tokens.emplace_back();
        else
            tokens.back() += c;
    }
    return tokens;
}

bool matches_plainly(const std::string& pattern, const std::string& topic) {
    const auto wanted = tokens_of(pattern);
    const auto given = tokens_of(topic);
    const bool is_wild = wanted[0] == "*" || wanted[0] == ">";
    if (is_wild && given[0] == "tocsin" && given.size() > 1) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] == ">") return given.size() > i;
        if (i == given.size() || (wanted[i] != "*" && wanted[i] != given[i])) return false;
    }
    return wanted.size() == given.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t split = std::min(text.find('\n'), size);
    try {
        const auto pattern = event::TopicPattern::parse(text.substr(0, split));
        const auto topic = event::Topic::parse(text.substr(std::min(split + 1, size)));
        fuzz::check(topic.name().size() <= event::Topic::max_bytes, "a topic has its limit", topic.name());
        fuzz::check(pattern.matches(topic.name()) == matches_plainly(pattern.text(), topic.name()),
                    "the matcher agrees with the plain rule", pattern.text() + " " + topic.name());
    } catch (const core::Error& error) {
        fuzz::check(error.code() == core::Code::invalid, "what is refused is invalid", error.what());
    }
    return 0;
}
