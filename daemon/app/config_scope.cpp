// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_scope.hpp"

#include <algorithm>
#include <optional>

#include "common/core/suggest.hpp"

namespace tocsin::daemon::app {
namespace {

std::string_view section_of(std::string_view key) {
    const std::size_t dot = key.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

std::string_view last_name(std::string_view key) { return key.substr(key.rfind('.') + 1); }

std::string in_quotes(std::string_view name) { return ("'" + std::string(name)).append("'"); }

}  // namespace

std::string told(const core::Error& error) {
    return error.hint().empty() ? error.what() : std::string(error.what()) + "; " + error.hint();
}

Scope::Scope(const Tables& tables) : rows_(tables.rows) {
    for (const Entry& entry : tables.entries) keys_.push_back(&entry.key);
}

Scope::Scope(const RowTable& table) : row_(table.name) {
    for (const Key& key : table.keys) keys_.push_back(&key);
}

const Key* Scope::key(std::string_view name) const noexcept {
    const auto found = std::ranges::find(keys_, name, [](const Key* key) { return key->name; });
    return found == keys_.end() ? nullptr : *found;
}

const RowTable* Scope::rows(std::string_view name) const noexcept {
    const auto found = std::ranges::find(rows_, name, &RowTable::name);
    return found == rows_.end() ? nullptr : &*found;
}

bool Scope::has_section(std::string_view name) const noexcept {
    return std::ranges::any_of(keys_, [&](const Key* key) {
        return key->name.size() > name.size() && key->name.starts_with(name) && key->name[name.size()] == '.';
    });
}

std::string Scope::unknown(const std::string& name) const {
    return "unknown key " + in_quotes(name) + (row_.empty() ? "" : " in [[" + row_ + "]]") + "; " +
           suggestion(name);
}

std::string Scope::suggestion(const std::string& name) const {
    std::vector<std::string_view> known;
    for (const Key* key : keys_) known.push_back(key->name);
    for (const Key* key : keys_)
        if (const auto section = section_of(key->name); !section.empty()) known.push_back(section);
    for (const RowTable& rows : rows_) known.push_back(rows.name);
    auto guess = core::nearest(name, known);
    if (!guess) {  // a known key in the wrong section
        const auto has_same_end = [&](std::string_view key) { return last_name(key) == last_name(name); };
        const auto found = std::ranges::find_if(known, has_same_end);
        if (found != known.end()) guess = *found;
    }
    if (!guess) return "see tocsin.toml(5) for all that there are";
    if (rows(*guess) != nullptr) return "did you mean [[" + std::string(*guess) + "]]?";
    if (key(*guess) == nullptr && row_.empty()) return "did you mean [" + std::string(*guess) + "]?";
    return "did you mean " + in_quotes(*guess) + "?";
}

std::string Scope::not_a_section(const std::string& name) const {
    if (row_.empty()) return in_quotes(name) + " is a section; write [" + name + "]";
    return in_quotes(name) + " takes keys of its own; write " + name + " = { … }";
}

std::string Scope::lacks(const Key& key) const {
    return "[[" + row_ + "]] lacks " + in_quotes(key.name) + "; write " + description_of(key.kind);
}

std::string Scope::about(std::string_view key) const {
    return (row_.empty() ? "" : "[[" + row_ + "]] ").append(key) + ": ";
}

}  // namespace tocsin::daemon::app
