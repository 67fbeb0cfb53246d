// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_value.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "common/core/timestamp.hpp"

namespace tocsin::daemon::app {
namespace {

using core::Code;
using core::duration_text;
using core::Error;
using std::chrono::milliseconds;

std::string joined(std::span<const std::string_view> words) {
    std::string text;
    for (const std::string_view word : words) {
        text += text.empty() ? "\"" : ", \"";
        text += word;
        text += '"';
    }
    return text;
}

std::string path_of(const std::string& text) {
    if (!text.starts_with('/'))
        throw Error(Code::invalid, "'" + text + "' is not an absolute path", "begin it with '/'");
    if (text.find('\0') != std::string::npos)
        throw Error(Code::invalid, "a path can't hold a NUL character", "take it out");
    return text;
}

milliseconds duration_of(const Duration& kind, const std::string& text) {
    const auto duration = core::parse_duration(text);
    if (!duration)
        throw Error(Code::invalid, "'" + text + "' is not a duration",
                    R"(write it as "500ms", "30s" or "24h")");
    if (*duration < kind.low || *duration > kind.high)
        throw Error(Code::invalid, "\"" + text + "\" is out of range",
                    "write \"" + duration_text(kind.low) + "\" to \"" + duration_text(kind.high) + "\"");
    return *duration;
}

std::string choice_of(const Choice& kind, const std::string& text) {
    if (std::ranges::find(kind.words, text) != kind.words.end()) return text;
    throw Error(Code::invalid, "'" + text + "' is not known here", "write one of " + joined(kind.words));
}

}  // namespace

Value value_of(const Kind& kind, const std::string& text) {
    return std::visit(Overload{[&](const Text& known) -> Value {
                                   if (known.check != nullptr) known.check(text);
                                   return text;
                               },
                               [&](const TextOrNumber& known) -> Value {
                                   known.check(text);
                                   return text;
                               },
                               [&](const AbsolutePath&) -> Value { return path_of(text); },
                               [&](const Duration& known) -> Value { return duration_of(known, text); },
                               [&](const Choice& known) -> Value { return choice_of(known, text); },
                               [&](const auto&) -> Value { refuse_type(kind); }},
                      kind);
}

Value value_of(const Kind& kind, std::int64_t number) {
    if (std::holds_alternative<TextOrNumber>(kind)) return value_of(kind, std::to_string(number));
    const auto* known = std::get_if<WholeNumber>(&kind);
    if (known == nullptr) refuse_type(kind);
    if (number < known->low || number > known->high)
        throw Error(Code::invalid, std::to_string(number) + " is out of range",
                    "write " + std::to_string(known->low) + " to " + std::to_string(known->high));
    return number;
}

Value value_of(const Kind& kind, bool on) {
    if (!std::holds_alternative<Switch>(kind)) refuse_type(kind);
    return on;
}

void refuse_type(const Kind& kind) {
    throw Error(Code::invalid, "this is of the wrong type", "write " + description_of(kind));
}

Value parse_value(const Kind& kind, const std::string& word) {
    if (std::holds_alternative<WholeNumber>(kind)) {
        const auto number = core::parse_number<std::int64_t>(word);
        if (!number) refuse_type(kind);
        return value_of(kind, *number);
    }
    if (std::holds_alternative<Switch>(kind)) {
        if (word != "true" && word != "false") refuse_type(kind);
        return value_of(kind, word == "true");
    }
    return value_of(kind, word);
}

std::string to_toml(const Value& value) {
    return std::visit(Overload{[](bool on) { return std::string(on ? "true" : "false"); },
                               [](std::int64_t number) { return std::to_string(number); },
                               [](milliseconds duration) { return toml_string(duration_text(duration)); },
                               [](const std::string& text) { return toml_string(text); },
                               [](const std::vector<std::string>& texts) {
                                   std::string list = "[";
                                   for (const std::string& text : texts)
                                       list += (list.size() > 1 ? ", " : "") + toml_string(text);
                                   return list += "]";
                               },
                               [](const TextByName& texts) {
                                   std::string table = "{";
                                   for (const auto& [name, text] : texts)
                                       table += (table.size() > 1 ? ", " : " ") + toml_string(name) + " = " +
                                                toml_string(text);
                                   return table += " }";
                               }},
                      value);
}

std::string toml_string(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            out += "\\u00";
            out += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        } else {
            out += c;
        }
    }
    return out += '"';
}

std::string description_of(const Kind& kind) {
    return std::visit(
        Overload{
            [](const Text&) { return std::string("a string in quotes"); },
            [](const AbsolutePath&) { return std::string("an absolute path in quotes"); },
            [](const WholeNumber& known) {
                return "a whole number from " + std::to_string(known.low) + " to " +
                       std::to_string(known.high);
            },
            [](const Duration& known) {
                return "a duration from \"" + duration_text(known.low) + "\" to \"" +
                       duration_text(known.high) + "\", in quotes";
            },
            [](const Choice& known) { return "one of " + joined(known.words); },
            [](const Switch&) { return std::string("true or false"); },
            [](const TextList&) { return std::string(R"(a list of strings, as in ["a", "b"])"); },
            [](const TextOrNumber&) { return std::string("a string in quotes, or a whole number"); },
            [](const TextMap&) { return std::string(R"(a table of strings, as in { NAME = "value" })"); }},
        kind);
}

}  // namespace tocsin::daemon::app
