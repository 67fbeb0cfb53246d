// SPDX-License-Identifier: Apache-2.0
// A simple predicate as a tree, and how it is read from text.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/adapters/jq/regex.hpp"

namespace tocsin::daemon::jq {

using Json = simdjson::dom::element;

/// What a step of a path asks for: a member by its name or an element by its place.
using Step = std::variant<std::string, std::size_t>;
using Path = std::vector<Step>;
using Literal = std::variant<std::nullptr_t, bool, double, std::string>;

enum class Comparison : std::uint8_t { equal, unequal, less, less_or_equal, greater, greater_or_equal };

struct Broken {};  ///< jq would end with an error here
/// True, false or an error.
using Answer = std::variant<bool, Broken>;

class Condition {
 public:
    virtual ~Condition() = default;
    virtual Answer judge(Json event) const = 0;
};

/// Nothing when the text is no simple predicate.
std::unique_ptr<const Condition> parse_condition(std::string_view text);

}  // namespace tocsin::daemon::jq
