// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "daemon/app/config_show.hpp"

namespace tocsin::daemon::app {
namespace {

using Json = nlohmann::ordered_json;

/// What a kind takes, as far as a schema can say it; a duration's range can't be said.
Json kind_schema(const Kind& kind) {
    return std::visit(
        Overload{[](const Text&) {
                     return Json{{"type", "string"}};
                 },
                 [](const AbsolutePath&) {
                     return Json{{"type", "string"}, {"pattern", "^/"}};
                 },
                 [](const WholeNumber& known) {
                     return Json{{"type", "integer"}, {"minimum", known.low}, {"maximum", known.high}};
                 },
                 [](const Duration&) {
                     return Json{{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h|d)$"}};
                 },
                 [](const Choice& known) {
                     Json words = Json::array();
                     for (const std::string_view word : known.words) words.push_back(word);
                     return Json{{"type", "string"}, {"enum", std::move(words)}};
                 },
                 [](const Switch&) {
                     return Json{{"type", "boolean"}};
                 },
                 [](const TextList&) {
                     return Json{{"type", "array"}, {"items", {{"type", "string"}}}};
                 },
                 [](const TextOrNumber&) {
                     return Json{{"type", Json::array({"string", "integer"})}};
                 },
                 [](const TextMap&) {
                     return Json{{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
                 }},
        kind);
}

Json default_of(const Key& key) {
    const Value value = parse_value(key.kind, std::string(*key.standard));
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    if (const auto* on = std::get_if<bool>(&value)) return *on;
    return *key.standard;
}

Json key_schema(const Key& key) {
    Json schema = kind_schema(key.kind);
    schema["description"] = std::string(key.summary) + " (" + description_of(key.kind) + ")";
    if (key.standard) schema["default"] = default_of(key);
    return schema;
}

Json closed_object() {
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
}

/// Puts a key into its object; `a.b` lies in the object of `a`, which is made when it is missing.
void add_key(const Key& key, std::string_view name, Json& object) {
    const std::size_t dot = name.find('.');
    const std::string first(name.substr(0, dot));
    Json& property = object["properties"][first];
    if (key.need == Need::required) object["required"].push_back(first);
    if (dot == std::string_view::npos) {
        property = key_schema(key);
        return;
    }
    if (property.is_null()) property = closed_object();
    add_key(key, name.substr(dot + 1), property);
}

}  // namespace

std::string config_schema(const Tables& tables) {
    Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                {"title", "Configuration of tocsind"},
                {"description", "What tocsin.toml and the drop-ins in conf.d may hold; see tocsin.toml(5)."}};
    schema.update(closed_object());
    for (const Entry& entry : tables.entries) add_key(entry.key, entry.key.name, schema);
    for (const RowTable& table : tables.rows) {
        Json row = closed_object();
        for (const Key& key : table.keys) add_key(key, key.name, row);
        schema["properties"][std::string(table.name)] = {
            {"type", "array"}, {"description", table.summary}, {"items", std::move(row)}};
    }
    return schema.dump(2) + "\n";
}

}  // namespace tocsin::daemon::app
