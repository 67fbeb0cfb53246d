// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_show.hpp"

#include <algorithm>
#include <utility>

namespace tocsin::daemon::app {
namespace {

constexpr std::size_t comment_column = 40;
constexpr std::string_view mask = "\"********\"";

/// `section` and `key` of `section.key`; the section of a key at the top is empty.
std::pair<std::string, std::string> split(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return {"", std::string(name)};
    return {std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
}

std::string with_comment(std::string line, const std::string& comment) {
    if (line.size() < comment_column) line.append(comment_column - line.size(), ' ');
    return line + "  # " + comment + "\n";
}

std::string origin_text(const Setting& setting) {
    std::string text = setting.origin.text();
    const auto& overridden = setting.overridden;
    for (auto place = overridden.rbegin(); place != overridden.rend(); ++place)
        text += (place == overridden.rbegin() ? ", over " : ", ") + place->text();
    return text;
}

std::string line_of(const Key& key, const std::string& name, const Setting& setting) {
    const std::string value = key.secrecy == Secrecy::secret ? std::string(mask) : to_toml(setting.value);
    return with_comment(name + " = " + value, origin_text(setting));
}

std::string header(const Reading& reading) {
    if (reading.files.empty()) return "# No file was read: every key has its default.\n";
    std::string text = "# In force, read from:\n";
    for (const std::string& file : reading.files) text += "#   " + file + "\n";
    return text;
}

std::string rows_toml(const RowTable& table, const std::vector<Row>& rows) {
    std::string text;
    for (const Row& row : rows) {
        text += "\n" + with_comment("[[" + std::string(table.name) + "]]", row.origin().text());
        for (const Key& key : table.keys)
            if (const auto found = row.settings().find(key.name); found != row.settings().end())
                text += line_of(key, std::string(key.name), found->second);
    }
    return text;
}

}  // namespace

std::string show_toml(const Reading& reading, const Tables& tables) {
    std::string text = header(reading) + "\n";
    std::string current;
    for (const Entry& entry : tables.entries) {
        const auto [section, name] = split(entry.key.name);
        if (section != current) text += "\n[" + section + "]\n";
        current = section;
        const auto found = reading.settings.find(entry.key.name);
        text += found == reading.settings.end() ? "# " + name + " is not set\n"
                                                : line_of(entry.key, name, found->second);
    }
    for (const RowTable& table : tables.rows)
        if (const auto rows = reading.rows.find(table.name); rows != reading.rows.end())
            text += rows_toml(table, rows->second);
    return text;
}

}  // namespace tocsin::daemon::app
