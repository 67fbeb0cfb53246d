// SPDX-License-Identifier: Apache-2.0
#include "common/event/json_parse.hpp"

#include <nlohmann/json.hpp>

#include "common/core/error.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::event {
namespace {

using core::Code;
using core::Error;
using Json = nlohmann::ordered_json;

std::string take_text(Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string())
        throw Error(Code::invalid, std::string("the event has no '") + name + "'", "ask a daemon of this version");
    std::string value = found->get<std::string>();
    object.erase(found);
    return value;
}

Data take_data(Json& object) {
    Data data;
    if (const auto json = object.find("data"); json != object.end()) {
        data = {Data::Kind::json, json->dump()};
        object.erase(json);
    } else if (const auto binary = object.find("data_base64"); binary != object.end()) {
        data = {Data::Kind::binary, decode_base64(binary->get<std::string>()).value_or("")};
        object.erase(binary);
    }
    return data;
}

Attributes rest_of(const Json& object) {
    const std::string text = object.dump();
    return Attributes::trusted(text.substr(1, text.size() - 2));
}

Event read(Json object) {
    const auto seq = core::parse_sequence(take_text(object, "sequence"));
    const auto recorded = core::parse_rfc3339(take_text(object, "recordedtime"));
    if (!seq || !recorded) throw Error(Code::invalid, "the event's sequence or recordedtime can't be read");
    Event event{.seq = *seq,
                .type = Topic::parse(take_text(object, "type")),
                .source = take_text(object, "source"),
                .id = take_text(object, "id"),
                .recorded = *recorded,
                .author = {take_text(object, "authtype"), take_text(object, "authid")},
                .attributes = {},
                .data = take_data(object)};
    object.erase("specversion");
    event.attributes = rest_of(object);
    return event;
}

}  // namespace

Event parse_event(std::string_view json) {
    try {
        return read(Json::parse(json));
    } catch (const Json::exception& error) {
        throw Error(Code::invalid, std::string("not a CloudEvent: ") + error.what());
    }
}

bool is_json(std::string_view text) { return nlohmann::json::accept(text); }

}  // namespace tocsin::event
