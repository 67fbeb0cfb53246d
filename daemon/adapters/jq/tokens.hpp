// SPDX-License-Identifier: Apache-2.0
// The words of simple predicates, as jq's own lexer would find them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/adapters/jq/condition.hpp"

namespace tocsin::daemon::jq {

struct Token {
    enum class Kind : std::uint8_t { end, open, close, pipe, comparison, literal, path, word };
    Kind kind = Kind::end;
    Comparison comparison = Comparison::equal;
    Literal literal = nullptr;
    Path path = {};
    std::string text = {};
};

/// The last token is `end`, thrice, so that looking ahead needs no limit. Nothing when the text has anything
/// else.
std::optional<std::vector<Token>> read_tokens(std::string_view text);

/// A place in an array that a literal names; nothing when it is none.
std::optional<std::size_t> place_of(const Literal& literal);

}  // namespace tocsin::daemon::jq
