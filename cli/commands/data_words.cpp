// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/data_words.hpp"

#include <set>
#include <string_view>

#include "cli/commands/options.hpp"
#include "common/core/text.hpp"
#include "common/event/json_check.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::cli::commands {
namespace {

using core::Code;
using core::Error;

struct DataWord {
    enum class Kind { text, json };
    Kind kind;
    std::string_view key;
    std::string_view value;
};

DataWord split(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
        throw usage_error("emit", "'" + std::string(word) + "' is neither key=text nor key:=json");
    const bool json = equals > 0 && word[equals - 1] == ':';
    const std::string_view key = word.substr(0, json ? equals - 1 : equals);
    if (key.empty()) throw usage_error("emit", "'" + std::string(word) + "' has no key before the '='");
    return {json ? DataWord::Kind::json : DataWord::Kind::text, key, word.substr(equals + 1)};
}

void append_value(const DataWord& word, std::string& out) {
    if (!core::is_utf8(word.key) || !core::is_utf8(word.value))
        throw Error(Code::invalid, "'" + std::string(word.key) + "' is not UTF-8",
                    "encode it, for example as base64");
    if (word.kind == DataWord::Kind::text) return event::append_json_string(word.value, out);
    if (!event::is_json(word.value))
        throw Error(Code::invalid,
                    "the value of '" + std::string(word.key) + "' is not JSON: " + std::string(word.value),
                    "quote it for the shell, or write " + std::string(word.key) + "=… for text");
    out += word.value;
}

}  // namespace

std::string data_from_words(std::span<const std::string> words) {
    std::string out = "{";
    std::set<std::string_view> keys;
    for (const std::string& text : words) {
        const DataWord word = split(text);
        if (!keys.insert(word.key).second)
            throw usage_error("emit", "the key '" + std::string(word.key) + "' comes twice");
        if (out.size() > 1) out += ',';
        event::append_json_string(word.key, out);
        out += ':';
        append_value(word, out);
    }
    out += '}';
    return out;
}

}  // namespace tocsin::cli::commands
