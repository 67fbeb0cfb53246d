// SPDX-License-Identifier: Apache-2.0
// CloudEvents' HTTP binding, as text.
#include "daemon/adapters/curl/request.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/event/json_text.hpp"

namespace tocsin::daemon::curl {
namespace {

using event::Data;
using event::Event;
using pipeline::Message;

constexpr const char* traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

Event order() {
    return {.seq = 7,
            .type = event::Topic::parse("order.created"),
            .source = "//host/a",
            .id = "order 7",
            .recorded = core::from_microseconds(1'800'000'000'000'000),
            .author = {"user", "käthe"},
            .attributes = {},
            .data = {Data::Kind::json, R"({"n":1})"}};
}

Message message_of(const Event& event) {
    Message message;
    message.event = &event;
    append_json(event, message.body);
    message.id = event.id;
    return message;
}

Message mapped(const std::string& body, const Event* event = nullptr) {
    Message message;
    message.event = event;
    message.shape = Message::Shape::mapped;
    message.body = body;
    return message;
}

Request request_of(const Message& message, Mode mode) {
    return curl::request_of(std::span(&message, 1), mode);
}

bool has(const Request& request, const std::string& line) {
    return std::ranges::find(request.headers, line) != request.headers.end();
}

std::string all(const Request& request) {
    std::string text;
    for (const std::string& line : request.headers) (text += line) += '\n';
    return text;
}

TEST(Request, HeaderValuesArePercentEncoded) {
    EXPECT_EQ(header_value("plain-Text_1!~"), "plain-Text_1!~");
    EXPECT_EQ(header_value("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80") << "the binding's own example";
    EXPECT_EQ(header_value("\"100%\"\x7f"), "%22100%25%22%7F");
}

TEST(Request, BinaryModeHasAttributesAsHeaders) {
    Event event = order();
    event.attributes.add("time", "2026-01-31T12:00:00Z");
    event.attributes.add("subject", "Grüße \"%\"");
    event.attributes.add("count", 3);
    event.attributes.add_flag("urgent", "true");
    const Request request = request_of(message_of(event), Mode::binary);
    for (const char* line :
         {"ce-specversion: 1.0", "ce-id: order%207", "ce-type: order.created", "ce-source: //host/a",
          "ce-time: 2026-01-31T12:00:00Z", "ce-subject: Gr%C3%BC%C3%9Fe%20%22%25%22", "ce-count: 3",
          "ce-urgent: true", "ce-sequence: 0000000000000007", "ce-recordedtime: 2027-01-15T08:00:00.000000Z",
          "ce-authtype: user", "ce-authid: k%C3%A4the", "Content-Type: application/json"})
        EXPECT_TRUE(has(request, line)) << line << " is not in\n" << all(request);
    EXPECT_EQ(request.headers.size(), 13U) << all(request);
    EXPECT_EQ(request.body, R"({"n":1})");
}

TEST(Request, BinaryModeHasTheDataAsBody) {
    struct Case {
        Data data;
        const char* type;
        const char* content_type;
        std::string body;
    };
    const std::string bytes("\0\xff\n", 3);
    for (const Case& one : {
             Case{{Data::Kind::json, "[1]"},
                  "application/geo+json",
                  "Content-Type: application/geo+json",
                  "[1]"},
             Case{{Data::Kind::json, R"("a\n\u00e9")"},
                  "text/plain; charset=utf-8",
                  "Content-Type: text/plain; charset=utf-8",
                  "a\né"},
             Case{{Data::Kind::json, R"("a")"}, nullptr, "Content-Type: application/json", R"("a")"},
             Case{{Data::Kind::json, R"({"a":1})"}, "text/plain", "Content-Type: text/plain", R"({"a":1})"},
             Case{{Data::Kind::binary, bytes}, "image/png", "Content-Type: image/png", bytes},
             Case{{Data::Kind::binary, bytes}, nullptr, "Content-Type: application/octet-stream", bytes},
             Case{{}, nullptr, "Content-Type:", ""},
         }) {
        Event event = order();
        event.data = one.data;
        if (one.type != nullptr) event.attributes.add("datacontenttype", one.type);
        const Request request = request_of(message_of(event), Mode::binary);
        EXPECT_TRUE(has(request, one.content_type)) << all(request);
        EXPECT_EQ(request.body, one.body);
        EXPECT_EQ(all(request).find("ce-data"), std::string::npos) << all(request);
    }
}

TEST(Request, StructuredModeHasAllInTheBody) {
    const Event event = order();
    const Message message = message_of(event);
    const Request request = request_of(message, Mode::structured);
    EXPECT_EQ(all(request), "Content-Type: application/cloudevents+json\n");
    EXPECT_EQ(request.body, message.body);
}

TEST(Request, WhatMapMadeIsJsonOfNoParticularKind) {
    const Event event = order();
    for (const Mode mode : {Mode::binary, Mode::structured}) {
        const Request request = request_of(mapped("[1,2]", &event), mode);
        EXPECT_EQ(all(request), "Content-Type: application/json\n");
        EXPECT_EQ(request.body, "[1,2]");
    }
}

TEST(Request, SeveralGoAsAnArray) {
    const Event event = order();
    const Message message = message_of(event);
    const std::vector<Message> events(2, message);
    for (const Mode mode : {Mode::binary, Mode::structured}) {
        const Request request = curl::request_of(events, mode);
        EXPECT_EQ(all(request), "Content-Type: application/cloudevents-batch+json\n");
        EXPECT_EQ(request.body, "[" + message.body + "," + message.body + "]");
    }
    const std::vector<Message> outputs{mapped("1"), mapped("{}"), mapped("null")};
    const Request request = curl::request_of(outputs, Mode::structured);
    EXPECT_EQ(all(request), "Content-Type: application/json\n");
    EXPECT_EQ(request.body, "[1,{},null]");
}

TEST(Request, TheTraceGoesOnInItsOwnHeaders) {
    Event event = order();
    event.attributes.add("traceparent", traceparent);
    event.attributes.add("tracestate", "a=1, b=2");
    for (const Message& message : {message_of(event), mapped("1", &event)}) {
        const Request request = request_of(message, Mode::structured);
        EXPECT_TRUE(has(request, std::string("traceparent: ") + traceparent)) << all(request);
        EXPECT_TRUE(has(request, "tracestate: a=1, b=2")) << all(request);
    }
    EXPECT_TRUE(
        has(request_of(message_of(event), Mode::binary), std::string("ce-traceparent: ") + traceparent));
}

TEST(Request, ABrokenTraceStaysAnAttribute) {
    Event event = order();
    event.attributes.add("traceparent", "rubbish");
    const Request request = request_of(message_of(event), Mode::binary);
    EXPECT_TRUE(has(request, "ce-traceparent: rubbish"));
    EXPECT_FALSE(has(request, "traceparent: rubbish"));
}

}  // namespace
}  // namespace tocsin::daemon::curl
