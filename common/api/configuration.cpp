// SPDX-License-Identifier: Apache-2.0
#include "common/api/configuration.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "common/api/problem.hpp"

namespace tocsin::api {
namespace {

using core::Code;
using core::Error;
using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string plural(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

Json mistake_json(const Mistake& mistake) {
    Json json{{"file", mistake.file}};
    if (mistake.line > 0) json.update({{"line", mistake.line}, {"column", mistake.column}});
    json["message"] = mistake.message;
    return json;
}

}  // namespace

std::string Mistake::text() const {
    if (line == 0) return file + ": " + message;
    return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
}

std::string count_text(const std::vector<Mistake>& mistakes) {
    std::set<std::string> files;
    for (const Mistake& mistake : mistakes) files.insert(mistake.file);
    return plural(mistakes.size(), "mistake") + " in " + plural(files.size(), "file");
}

std::string reloaded_json(const Reloaded& reloaded) {
    return dump({{"changed", reloaded.changed}, {"files", reloaded.files}});
}

Reloaded parse_reloaded(std::string_view text) {
    try {
        const Json json = Json::parse(text);
        return {json.at("changed").get<std::vector<std::string>>(),
                json.at("files").get<std::vector<std::string>>()};
    } catch (const Json::exception& error) {
        throw not_understood("answer", error.what());
    }
}

std::string problem_json(const Error& error, int status, const std::vector<Mistake>& mistakes) {
    Json json = Json::parse(problem_json(error, status));
    json["mistakes"] = Json::array();
    for (const Mistake& mistake : mistakes) json["mistakes"].push_back(mistake_json(mistake));
    return dump(json);
}

std::vector<Mistake> parse_mistakes(std::string_view text) {
    std::vector<Mistake> mistakes;
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("mistakes")) return mistakes;
    try {
        for (const Json& item : json.at("mistakes"))
            mistakes.push_back({item.at("file").get<std::string>(), item.value("line", 0U),
                                item.value("column", 0U), item.at("message").get<std::string>()});
    } catch (const Json::exception& error) {
        throw not_understood("answer", error.what());
    }
    return mistakes;
}

std::string log_level_json(std::string_view level) { return dump({{"level", level}}); }

std::string parse_log_level(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    const auto level = json.is_object() ? json.find("level") : json.end();
    const bool is_text = json.is_object() && level != json.end() && level->is_string();
    if (is_text && std::ranges::find(log_levels, level->get<std::string>()) != log_levels.end())
        return level->get<std::string>();
    throw Error(Code::invalid, "this names no log level",
                R"(write {"level":"debug"}, or "info", "warning", "error")");
}

}  // namespace tocsin::api
