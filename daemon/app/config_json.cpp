// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <nlohmann/json.hpp>

#include "common/core/timestamp.hpp"
#include "daemon/app/config_show.hpp"

namespace tocsin::daemon::app {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr std::array from_names{"default", "file", "command line"};

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json to_json(const Value& value) {
    return std::visit(Overload{[](milliseconds duration) { return Json(core::duration_text(duration)); },
                               [](const auto& plain) { return Json(plain); }},
                      value);
}

void add_place(const Origin& origin, Json& out) {
    if (origin.from == Origin::From::command_line) out["option"] = origin.name;
    if (origin.from != Origin::From::file) return;
    out["file"] = origin.name;
    out["line"] = origin.line;
    out["column"] = origin.column;
}

Json setting_json(const Key& key, const Setting& setting) {
    Json json{{"key", key.name},
              {"value", key.secrecy == Secrecy::secret ? Json("********") : to_json(setting.value)},
              {"from", from_names.at(static_cast<std::size_t>(setting.origin.from))}};
    add_place(setting.origin, json);
    for (const Origin& place : setting.overridden) {
        Json over = Json::object();
        add_place(place, over);
        json["over"].push_back(std::move(over));
    }
    return json;
}

Json row_json(const RowTable& table, const Row& row) {
    Json json = Json::object();
    add_place(row.origin(), json);
    json["settings"] = Json::array();
    for (const Key& key : table.keys)
        if (const auto found = row.settings().find(key.name); found != row.settings().end())
            json["settings"].push_back(setting_json(key, found->second));
    return json;
}

}  // namespace

std::string show_json(const Reading& reading, const Tables& tables) {
    Json json{{"files", reading.files}, {"settings", Json::array()}, {"rows", Json::object()}};
    for (const Entry& entry : tables.entries)
        if (const auto found = reading.settings.find(entry.key.name); found != reading.settings.end())
            json["settings"].push_back(setting_json(entry.key, found->second));
    for (const RowTable& table : tables.rows) {
        Json& rows = json["rows"][std::string(table.name)] = Json::array();
        if (const auto found = reading.rows.find(table.name); found != reading.rows.end())
            for (const Row& row : found->second) rows.push_back(row_json(table, row));
    }
    return dump(json);
}

std::string check_json(const Reading& reading) {
    Json mistakes = Json::array();
    for (const Mistake& mistake : reading.mistakes) {
        mistakes.push_back({{"file", mistake.file}, {"message", mistake.message}});
        if (mistake.line == 0) continue;
        mistakes.back()["line"] = mistake.line;
        mistakes.back()["column"] = mistake.column;
    }
    return dump({{"good", reading.mistakes.empty()}, {"files", reading.files}, {"mistakes", mistakes}});
}

}  // namespace tocsin::daemon::app
