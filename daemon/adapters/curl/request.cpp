// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/curl/request.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "common/event/json_text.hpp"
#include "common/event/trace_context.hpp"
#include "daemon/api/media_type.hpp"

namespace tocsin::daemon::curl {
namespace {

using event::Data;
using event::Event;
using nlohmann::json;
using pipeline::Message;

/// The event's JSON but for its data: it may be large, and goes out as it is.
json attributes_of(const Event& event) {
    const Event head{.seq = event.seq,
                     .type = event.type,
                     .source = event.source,
                     .id = event.id,
                     .recorded = event.recorded,
                     .author = event.author,
                     .attributes = event.attributes,
                     .data = {}};
    std::string text;
    append_json(head, text);
    return json::parse(text);
}

std::string default_type(Data::Kind kind) {
    switch (kind) {
        case Data::Kind::json: return "application/json";
        case Data::Kind::binary: return "application/octet-stream";
        case Data::Kind::none: break;
    }
    return {};
}

/// Text of a type that is not JSON is kept as a JSON string, and goes out as the text
/// (JSON format 1.0.2, section 3.1.1).
std::string body_of(const Data& data, std::string_view content_type) {
    const bool is_text = data.kind == Data::Kind::json && data.bytes.starts_with('"') &&
                         !api::is_json_type(api::media_type(content_type));
    return is_text ? json::parse(data.bytes).get<std::string>() : data.bytes;
}

Request binary(const Event& event) {
    Request request;
    std::string content_type = default_type(event.data.kind);
    const json attributes = attributes_of(event);
    for (const auto& [name, value] : attributes.items()) {
        const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        if (name == "datacontenttype")
            content_type = text;
        else
            request.add("ce-" + name, header_value(text));
    }
    request.body = body_of(event.data, content_type);
    if (content_type.empty())
        request.headers.emplace_back("Content-Type:");  // libcurl's own default would be that of a form
    else
        request.add("Content-Type", content_type);
    return request;
}

Request with_body(std::string body, std::string_view content_type) {
    Request request;
    request.add("Content-Type", content_type);
    request.body = std::move(body);
    return request;
}

std::string array_of(std::span<const Message> messages) {
    std::string array;
    for (const Message& message : messages) (array += array.empty() ? '[' : ',') += message.body;
    return array += ']';
}

/// The headers of W3C Trace Context, where the event has them. A broken one would only confuse.
void add_trace(const Event& event, Request& request) {
    const auto parent = event.attributes.find("traceparent");
    if (!parent || !event::is_traceparent(*parent)) return;
    request.add("traceparent", *parent);
    const auto state = event.attributes.find("tracestate");
    if (state && std::ranges::all_of(*state, [](char c) { return c >= ' ' && c <= '~'; }))
        request.add("tracestate", *state);
}

Request single(const Message& message, Mode mode) {
    Request request = message.shape == Message::Shape::mapped ? with_body(message.body, "application/json")
                      : mode == Mode::binary && message.event != nullptr
                          ? binary(*message.event)
                          : with_body(message.body, "application/cloudevents+json");
    if (message.event != nullptr) add_trace(*message.event, request);
    return request;
}

}  // namespace

void Request::add(std::string_view name, std::string_view value) {
    std::string& line = headers.emplace_back(name);
    // `Name;` is libcurl's word for a header without a value; `Name:` would leave it out
    value.empty() ? line += ';' : (line += ": ") += value;
}

Request request_of(std::span<const Message> messages, Mode mode) {
    if (messages.size() == 1) return single(messages.front(), mode);
    const bool is_mapped = messages.front().shape == Message::Shape::mapped;
    return with_body(array_of(messages),
                     is_mapped ? "application/json" : "application/cloudevents-batch+json");
}

std::string header_value(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string value;
    for (const char c : text) {
        if (c > ' ' && c <= '~' && c != '"' && c != '%') {
            value += c;
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(c);
        ((value += '%') += hex[byte >> 4]) += hex[byte & 15];
    }
    return value;
}

}  // namespace tocsin::daemon::curl
