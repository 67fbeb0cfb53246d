// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_changes.hpp"

#include <algorithm>

namespace tocsin::daemon::app {
namespace {

const Setting* find(const Reading& reading, std::string_view key) {
    const auto found = reading.settings.find(key);
    return found == reading.settings.end() ? nullptr : &found->second;
}

bool same(const Setting* a, const Setting* b) {
    return a == nullptr || b == nullptr ? a == b : a->value == b->value;
}

std::string shown(const Key& key, const Setting* setting) {
    if (setting == nullptr) return "not set";
    return key.secrecy == Secrecy::secret ? "another one" : to_toml(setting->value);
}

/// Told at the new value's place; where the key was taken out, at its old one.
Mistake refusal(const Key& key, const Setting* before, const Setting* after) {
    const bool is_written = after != nullptr && after->origin.from == Origin::From::file;
    const std::string what = std::string(key.name) + ": a change needs a restart; ";
    if (is_written)
        return {after->origin.name, after->origin.line, after->origin.column,
                what + "write " + shown(key, before) + ", which is in force, or restart tocsind"};
    const bool was_written = before != nullptr && before->origin.from == Origin::From::file;
    return {was_written ? before->origin.name : std::string("tocsind"), 0, 0,
            what + "put " + shown(key, before) + " back, which is in force, or restart tocsind"};
}

bool same_rows(const std::vector<Row>* a, const std::vector<Row>* b) {
    static const std::vector<Row> none;
    const auto same_settings = [](const auto& x, const auto& y) {
        return x.first == y.first && x.second.value == y.second.value;
    };
    const auto same_row = [&](const Row& x, const Row& y) {
        return std::ranges::equal(x.settings(), y.settings(), same_settings);
    };
    return std::ranges::equal(a == nullptr ? none : *a, b == nullptr ? none : *b, same_row);
}

const std::vector<Row>* rows_of(const Reading& reading, std::string_view name) {
    const auto found = reading.rows.find(name);
    return found == reading.rows.end() ? nullptr : &found->second;
}

}  // namespace

Changes compare(const Reading& before, const Reading& after, const Tables& tables) {
    Changes changes;
    for (const auto& [key, set] : tables.entries) {
        const Setting* old_one = find(before, key.name);
        const Setting* new_one = find(after, key.name);
        if (same(old_one, new_one)) continue;
        if (key.change == Change::live)
            changes.live.emplace_back(key.name);
        else
            changes.refused.push_back(refusal(key, old_one, new_one));
    }
    for (const RowTable& table : tables.rows)
        if (!same_rows(rows_of(before, table.name), rows_of(after, table.name)))
            changes.live.push_back("[[" + std::string(table.name) + "]]");
    sort_by_place(changes.refused, after.files);
    return changes;
}

}  // namespace tocsin::daemon::app
