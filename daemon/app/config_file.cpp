// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "common/core/error.hpp"
#include "daemon/app/config_scope.hpp"

namespace tocsin::daemon::app {
namespace {

using core::Error;

std::string dotted(const std::string& prefix, std::string_view name) {
    return prefix.empty() ? std::string(name) : (prefix + ".").append(name);
}

/// Walks the tables of a file and takes what is known; everything else becomes a mistake with its place.
class FileReader {
 public:
    FileReader(std::string file, std::vector<Mistake>& mistakes)
        : file_(std::move(file)), mistakes_(mistakes) {}

    FileContents read(const toml::table& table, const Tables& tables) {
        FileContents contents;
        read_table(table, "", Scope(tables), contents);
        return contents;
    }

    void note(const toml::source_region& place, std::string message) {
        mistakes_.push_back({file_, place.begin.line, place.begin.column, std::move(message)});
    }

 private:
    void read_table(const toml::table& table, const std::string& prefix, const Scope& scope,
                    FileContents& out) {
        for (const auto& [name, node] : table) {
            const std::string key = dotted(prefix, name.str());
            if (const Key* known = scope.key(key)) {
                read_key(*known, node, scope, out.settings);
            } else if (const RowTable* rows = scope.rows(key)) {
                read_rows(*rows, node, out.rows[key]);
            } else if (!scope.has_section(key)) {
                note(name.source(), scope.unknown(key));
            } else if (node.is_table()) {
                read_table(*node.as_table(), key, scope, out);
            } else {
                note(node.source(), scope.not_a_section(key));
            }
        }
    }

    void read_key(const Key& key, const toml::node& node, const Scope& scope, Settings& out) {
        const auto value = value_in(key, node, scope);
        if (value) out.insert_or_assign(std::string(key.name), Setting{*value, origin_of(node.source())});
    }

    std::optional<Value> value_in(const Key& key, const toml::node& node, const Scope& scope) {
        if (const auto* list = std::get_if<TextList>(&key.kind); list != nullptr && node.is_array())
            return texts_in(key, *list, *node.as_array(), scope);
        if (const auto* map = std::get_if<TextMap>(&key.kind); map != nullptr && node.is_table())
            return pairs_in(key, *map, *node.as_table(), scope);
        return guarded(key, node, scope, [&]() -> Value {
            if (const auto* text = node.as_string()) return value_of(key.kind, text->get());
            if (const auto* number = node.as_integer()) return value_of(key.kind, number->get());
            if (const auto* on = node.as_boolean()) return value_of(key.kind, on->get());
            refuse_type(key.kind);
        });
    }

    /// Nothing when a member is mistaken; each is told with its own place.
    std::optional<Value> texts_in(const Key& key, const TextList& list, const toml::array& array,
                                  const Scope& scope) {
        std::vector<std::string> texts;
        for (const toml::node& member : array) {
            const auto text = guarded(key, member, scope, [&]() -> Value {
                if (!member.is_string()) refuse_type(key.kind);
                return value_of(Text{list.check}, member.as_string()->get());
            });
            if (text) texts.push_back(std::get<std::string>(*text));
        }
        if (texts.size() < array.size()) return std::nullopt;
        return texts;
    }

    std::optional<Value> pairs_in(const Key& key, const TextMap& map, const toml::table& table,
                                  const Scope& scope) {
        TextByName pairs;
        for (const auto& [name, node] : table) {
            const std::string word(name.str());
            const auto value = guarded(key, node, scope, [&, &member = node]() -> Value {
                if (!member.is_string()) refuse_type(key.kind);
                map.check(word, member.as_string()->get());
                return member.as_string()->get();
            });
            if (value) pairs.emplace(word, std::get<std::string>(*value));
        }
        if (pairs.size() < table.size()) return std::nullopt;
        return pairs;
    }

    template <class Read>
    std::optional<Value> guarded(const Key& key, const toml::node& node, const Scope& scope,
                                 const Read& read) {
        try {
            return read();
        } catch (const Error& error) {
            note(node.source(), scope.about(key.name) + told(error));
        }
        return std::nullopt;
    }

    void read_rows(const RowTable& table, const toml::node& node, std::vector<Row>& out) {
        const toml::array* array = node.as_array();
        const auto is_table = [](const toml::node& member) { return member.is_table(); };
        if (array == nullptr || !std::ranges::all_of(*array, is_table))
            return note(node.source(), "'" + std::string(table.name) + "' is a list of tables; write [[" +
                                           std::string(table.name) + "]]");
        const Scope scope(table);
        for (const toml::node& member : *array) read_row(table, *member.as_table(), scope, out);
    }

    void read_row(const RowTable& table, const toml::table& row, const Scope& scope, std::vector<Row>& out) {
        const std::size_t before = mistakes_.size();
        FileContents contents;
        read_table(row, "", scope, contents);
        for (const Key& key : table.keys)
            if (key.need == Need::required && !row.at_path(key.name)) note(row.source(), scope.lacks(key));
        if (mistakes_.size() == before)
            out.emplace_back(origin_of(row.source()), std::move(contents.settings));
    }

    Origin origin_of(const toml::source_region& place) const {
        return {Origin::From::file, file_, place.begin.line, place.begin.column};
    }

    std::string file_;
    std::vector<Mistake>& mistakes_;
};

/// The text of a file; nothing, and a mistake, when it can't be read.
std::optional<std::string> text_of(const std::filesystem::path& file, std::vector<Mistake>& mistakes) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) {
        mistakes.push_back({file.string(), 0, 0, "this is a folder; name a file"});
        return std::nullopt;
    }
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (in.good() || in.eof()) return text;
    mistakes.push_back(
        {file.string(), 0, 0,
         "can't be read (" + std::generic_category().message(errno) + "); check its path and rights"});
    return std::nullopt;
}

}  // namespace

FileContents read_config_file(const std::filesystem::path& file, const Tables& tables,
                              std::vector<Mistake>& mistakes) {
    const auto text = text_of(file, mistakes);
    if (!text) return {};
    FileReader reader(file.string(), mistakes);
    try {
        return reader.read(toml::parse(*text, file.string()), tables);
    } catch (const toml::parse_error& error) {
        reader.note(error.source(), std::string(error.description()));
    }
    return {};
}

}  // namespace tocsin::daemon::app
