// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/request_drafts.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "common/core/timestamp.hpp"
#include "common/event/json_text.hpp"
#include "daemon/api/media_type.hpp"

namespace tocsin::daemon::api {
namespace {

using core::Code;
using core::Error;
using event::Data;
using event::Draft;

/// Header values carry what HTTP can't as %XX (HTTP binding, section 3.1.3.2).
std::string decode_header(std::string_view value) {
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto hex = [&](std::size_t at) {
            return std::string_view("0123456789abcdef").find(static_cast<char>(value[at] | 0x20));
        };
        if (value[i] == '%' && i + 2 < value.size() && hex(i + 1) < 16 && hex(i + 2) < 16) {
            text += static_cast<char>(hex(i + 1) * 16 + hex(i + 2));
            i += 2;
        } else {
            text += value[i];
        }
    }
    return text;
}

/// The body as data, and `datacontenttype` where the data's form does not tell it.
Data binary_mode_data(const Request& request, DraftCodec& codec, event::Attributes& attributes) {
    const std::string_view header = request.header("content-type");
    const std::string type = media_type(header);
    if (request.body.empty()) return {};
    if (!type.empty() && type != "application/json") attributes.add("datacontenttype", header);
    if (type.empty() || is_json_type(type)) return {Data::Kind::json, codec.read_value(request.body)};
    if (!type.starts_with("text/") || !core::is_utf8(request.body)) return {Data::Kind::binary, request.body};
    Data data{Data::Kind::json, {}};
    event::append_json_string(request.body, data.bytes);
    return data;
}

Draft read_binary_mode(const Request& request, DraftCodec& codec) {
    std::string type, source, id;
    event::Attributes attributes;
    if (const std::string time = decode_header(request.header("ce-time")); !time.empty()) {
        if (!core::parse_rfc3339(time))
            throw Error(Code::invalid, "header ce-time '" + time + "' is not an RFC 3339 time",
                        "write it as 2026-01-31T12:00:00Z");
        attributes.add("time", time);
    }
    std::set<std::string_view> seen;
    for (const auto& [header, value] : request.headers) {
        if (!header.starts_with("ce-")) continue;
        if (!seen.insert(header).second)
            throw Error(Code::invalid, "header '" + header + "' stands twice", "send it once");
        const std::string_view name = std::string_view(header).substr(3);
        const std::string text = decode_header(value);
        if (name == "data" || name == "datacontenttype")
            throw Error(Code::invalid, "header '" + header + "' is not allowed in binary mode",
                        "the body is the data, and Content-Type tells its type");
        if (name == "time") continue;
        if (name == "type")
            type = text;
        else if (name == "source")
            source = text;
        else if (name == "id")
            id = text;
        else if (name == "specversion") {
            if (text != "1.0")
                throw Error(Code::invalid, "ce-specversion '" + text + "' is not supported",
                            "send CloudEvents 1.0");
        } else if (name != "sequence" && name != "recordedtime" && name != "authtype" && name != "authid") {
            attributes.add(name, text);
        }
    }
    if (type.empty()) type = request.parameters.one("default_type").value_or("");
    if (type.empty())
        throw Error(Code::invalid, "there are ce- headers, but no ce-type",
                    "name the event's type in ce-type");
    Data data = binary_mode_data(request, codec, attributes);
    const auto origin = id.empty() ? event::IdOrigin::minted : event::IdOrigin::client;
    return {event::Topic::parse(type),
            std::move(source),
            std::move(id),
            origin,
            std::move(attributes),
            std::move(data),
            0};
}

bool is_binary_mode(const Request& request) {
    return std::ranges::any_of(request.headers,
                               [](const auto& header) { return header.first.starts_with("ce-"); });
}

std::vector<Draft> read_unnamed(const Request& request, DraftCodec& codec) {
    const std::string type = media_type(request.header("content-type"));
    DraftDefaults defaults{request.parameters.one("default_type").value_or("")};
    if (type == "application/cloudevents+json") return {codec.read_one(request.body, defaults)};
    if (type == "application/cloudevents-batch+json") return codec.read_array(request.body, defaults);
    if (type == "application/x-ndjson") return codec.read_lines(request.body, defaults);
    if (is_binary_mode(request)) return {read_binary_mode(request, codec)};
    if (type == "application/json") return codec.read_array(request.body, defaults);
    throw UnsupportedMediaType(
        Code::invalid,
        type.empty() ? "the request has no Content-Type" : "Content-Type '" + type + "' is not known here",
        "send application/json, application/cloudevents+json, application/cloudevents-batch+json, "
        "application/x-ndjson, or ce- headers");
}

}  // namespace

std::vector<Draft> read_drafts(const Request& request, DraftCodec& codec) {
    std::vector<Draft> drafts = read_unnamed(request, codec);
    if (const auto batch = request.parameters.one("batch")) name_drafts(*batch, drafts);
    return drafts;
}

void name_drafts(std::string_view batch, std::vector<Draft>& drafts) {
    for (Draft& draft : drafts) {
        if (draft.id_origin != event::IdOrigin::minted) continue;
        draft.id.assign(batch).append("-").append(std::to_string(std::max<std::size_t>(draft.line, 1)));
        draft.id_origin = event::IdOrigin::client;
    }
}

}  // namespace tocsin::daemon::api
