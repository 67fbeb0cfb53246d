// SPDX-License-Identifier: Apache-2.0
// The kinds of value that a configuration knows, and what each takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin::daemon::app {

/// A visitor of variants, put together from lambdas.
template <class... Cases>
struct Overload : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overload(Cases...) -> Overload<Cases...>;

/// Throws `core::Error` (`invalid`) with what is wrong with a text, and as its hint what to write instead.
using CheckText = void (*)(const std::string& text);

struct Text {
    CheckText check = nullptr;
};
struct AbsolutePath {};
struct WholeNumber {
    std::int64_t low;
    std::int64_t high;
};
/// Written as a string, `"500ms"`, `"24h"`.
struct Duration {
    std::chrono::milliseconds low;
    std::chrono::milliseconds high;
};
struct Choice {
    std::span<const std::string_view> words;
};
struct Switch {};
struct TextList {
    CheckText check = nullptr;  ///< of each member
};

/// A word, or a number that is taken as its text.
struct TextOrNumber {
    CheckText check;
};
using CheckPair = void (*)(const std::string& name, const std::string& value);
/// A table of names of the writer's own, `{ NAME = "value" }`.
struct TextMap {
    CheckPair check;
};

using Kind =
    std::variant<Text, AbsolutePath, WholeNumber, Duration, Choice, Switch, TextList, TextOrNumber, TextMap>;

using TextByName = std::map<std::string, std::string>;

/// A switch; a number; a duration; a text, a path or a choice; a list; a table.
using Value = std::variant<bool, std::int64_t, std::chrono::milliseconds, std::string,
                           std::vector<std::string>, TextByName>;

/// What a TOML value of this type means for a kind. All throw `core::Error` (`invalid`) when the kind takes
/// another type, or not this value.
Value value_of(const Kind& kind, const std::string& text);
Value value_of(const Kind& kind, std::int64_t number);
Value value_of(const Kind& kind, bool on);

/// The error for a value whose type the kind does not take: it says what to write.
[[noreturn]] void refuse_type(const Kind& kind);

/// Reads a default, or a word of the command line: as `value_of`, with numbers and switches written out.
Value parse_value(const Kind& kind, const std::string& word);

/// The value as TOML writes it.
std::string to_toml(const Value& value);

/// A text as a TOML string, quotes included; an element of a dotted key is written the same way.
std::string toml_string(std::string_view text);

/// What the kind takes, as in `a whole number from 1 to 9`.
std::string description_of(const Kind& kind);

}  // namespace tocsin::daemon::app
