// SPDX-License-Identifier: Apache-2.0
#include "common/event/json_text.hpp"

#include <array>
#include <cstdint>

namespace tocsin::event {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}
constexpr auto values = make_values();

bool needs_escape(char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == '"' || c == '\\'; }

/// No early end, so that the compiler looks at many bytes at once.
bool needs_any_escape(std::string_view text) {
    bool any = false;
    for (const char c : text) any |= needs_escape(c);
    return any;
}

void append_escape(char c, std::string& out) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    constexpr std::string_view hex = "0123456789abcdef";
    out += "\\u00";
    out += hex[static_cast<std::uint8_t>(c) >> 4];
    out += hex[static_cast<std::uint8_t>(c) & 15];
}

void append_member(std::string_view lead, std::string_view text, std::string& out) {
    out += lead;
    append_json_string(text, out);
}

void append_data(const Data& data, std::string& out) {
    if (data.kind == Data::Kind::json) {
        out += ",\"data\":";
        out += data.bytes;
    } else if (data.kind == Data::Kind::binary) {
        out += ",\"data_base64\":\"";
        append_base64(data.bytes, out);
        out += '"';
    }
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
    out += '"';
    if (!needs_any_escape(text)) {
        out += text;
        out += '"';
        return;
    }
    std::size_t clean = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape(text[i])) continue;
        out.append(text, clean, i - clean);
        append_escape(text[i], out);
        clean = i + 1;
    }
    out.append(text, clean);
    out += '"';
}

void append_json(const Event& event, std::string& out) {
    append_member("{\"specversion\":\"1.0\",\"id\":", event.id, out);
    append_member(",\"source\":", event.source, out);
    append_member(",\"type\":", event.type.name(), out);
    if (!event.attributes.json().starts_with("\"time\":")) {
        out += ",\"time\":\"";
        core::append_rfc3339(event.recorded, out);
        out += '"';
    }
    if (!event.attributes.empty()) {
        out += ',';
        out += event.attributes.json();
    }
    out += ",\"sequence\":\"";
    core::append_sequence(event.seq, out);
    out += "\",\"recordedtime\":\"";
    core::append_rfc3339(event.recorded, out);
    append_member("\",\"authtype\":", event.author.kind, out);
    append_member(",\"authid\":", event.author.name, out);
    append_data(event.data, out);
    out += '}';
}

void append_json(const Draft& draft, std::string& out) {
    append_member("{\"specversion\":\"1.0\",\"type\":", draft.type.name(), out);
    if (!draft.id.empty()) append_member(",\"id\":", draft.id, out);
    if (!draft.source.empty()) append_member(",\"source\":", draft.source, out);
    if (!draft.attributes.empty()) {
        out += ',';
        out += draft.attributes.json();
    }
    append_data(draft.data, out);
    out += '}';
}

void append_base64(std::string_view bytes, std::string& out) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        return i < bytes.size() ? static_cast<std::uint8_t>(bytes[i]) : 0U;
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        out += alphabet[group >> 18];
        out += alphabet[group >> 12 & 63];
        out += i + 1 < bytes.size() ? alphabet[group >> 6 & 63] : '=';
        out += i + 2 < bytes.size() ? alphabet[group & 63] : '=';
    }
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && !text.empty() && text.back() == '=') {
        text.remove_suffix(1);
        ++padding;
    }
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t group = 0;
    int bits = 0;
    for (const char c : text) {
        const std::int8_t value = values[static_cast<std::uint8_t>(c)];
        if (value < 0) return std::nullopt;
        group = group << 6 | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out += static_cast<char>(group >> bits & 0xFF);
    }
    return out;
}

}  // namespace tocsin::event
