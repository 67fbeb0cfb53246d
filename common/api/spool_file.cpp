// SPDX-License-Identifier: Apache-2.0
#include "common/api/spool_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "common/core/error.hpp"

namespace tocsin::api {
namespace {

using core::Code;
using core::Error;
using Json = nlohmann::ordered_json;

constexpr int version = 1;
constexpr std::size_t wall_digits = 16;
constexpr std::size_t boot_digits = 8;
constexpr std::size_t since_digits = 18;
constexpr std::size_t unique_digits = 8;
constexpr std::size_t name_bytes = wall_digits + boot_digits + since_digits + unique_digits + 3;

Error malformed(const std::string& what) {
    return {Code::invalid, what, "tocsin-protocol(7) describes spool files"};
}

std::string text_of(const Json& header, const char* name) {
    const auto found = header.find(name);
    if (found == header.end()) return {};
    if (!found->is_string()) throw malformed(std::string("'") + name + "' of the header is not a string");
    return found->get<std::string>();
}

core::Timestamp time_of(const Json& header) {
    if (const auto time = core::parse_rfc3339(text_of(header, "time"))) return *time;
    throw malformed("'time' of the header is not an RFC 3339 time");
}

Json parse_header(std::string_view line) {
    Json header = Json::parse(line, nullptr, false);
    if (!header.is_object() || !header.contains("spool")) throw malformed("it does not begin with a header");
    if (header["spool"] != version) throw malformed("its version is not " + std::to_string(version));
    return header;
}

/// So many digits of the base, at the start of the text, which moves behind them and a dash.
std::optional<std::uint64_t> take_digits(std::string_view& text, std::size_t digits, int base) {
    std::uint64_t value = 0;
    const char* const end = text.data() + std::min(digits, text.size());
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc() || stop != text.data() + digits) return std::nullopt;
    text.remove_prefix(std::min(digits + 1, text.size()));
    return value;
}

void append_digits(std::uint64_t value, std::size_t digits, int base, std::string& out) {
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, base).ptr;
    const auto size = static_cast<std::size_t>(end - text.data());
    if (size < digits) out.append(digits - size, '0');
    out.append(text.data(), size);
}

}  // namespace

std::string spool_header(const SpoolHeader& header, std::size_t lines_bytes) {
    Json json{{"spool", version}, {"bytes", lines_bytes}, {"time", core::to_rfc3339(header.time)}};
    const auto add = [&json](const char* name, const std::string& text) {
        if (!text.empty()) json[name] = text;
    };
    add("default_type", header.default_type);
    add("batch", header.batch);
    add("traceparent", header.traceparent);
    add("tracestate", header.tracestate);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

SpoolFile parse_spool_file(std::string_view text) {
    const std::size_t end = text.substr(0, max_spool_header_bytes).find('\n');
    if (end == std::string_view::npos) throw malformed("it has no header, or only the start of one");
    const Json header = parse_header(text.substr(0, end));
    const auto bytes = header.find("bytes");
    if (bytes == header.end() || !bytes->is_number_unsigned())
        throw malformed("'bytes' of the header is not a whole number");
    const std::string_view lines = text.substr(end + 1);
    if (lines.size() != bytes->get<std::uint64_t>())
        throw malformed("it is torn: " + std::to_string(lines.size()) + " bytes follow the header, not " +
                        std::to_string(bytes->get<std::uint64_t>()));
    return {{time_of(header), text_of(header, "default_type"), text_of(header, "batch"),
             text_of(header, "traceparent"), text_of(header, "tracestate")},
            lines};
}

std::string spool_name(const SpoolMoment& moment, std::uint32_t unique) {
    std::string name;
    append_digits(moment.wall_microseconds, wall_digits, 10, name);
    name += '-';
    name += moment.boot;
    name += '-';
    append_digits(moment.since_boot_nanoseconds, since_digits, 10, name);
    name += '-';
    append_digits(unique, unique_digits, 16, name);
    return name;
}

std::optional<SpoolMoment> parse_spool_name(std::string_view name) {
    if (name.size() != name_bytes || name[wall_digits] != '-' || name[wall_digits + 1 + boot_digits] != '-' ||
        name[name_bytes - 1 - unique_digits] != '-')
        return std::nullopt;
    SpoolMoment moment;
    const auto wall = take_digits(name, wall_digits, 10);
    moment.boot = name.substr(0, boot_digits);
    const auto boot = take_digits(name, boot_digits, 16);
    const auto since = take_digits(name, since_digits, 10);
    if (!wall || !boot || !since || !take_digits(name, unique_digits, 16)) return std::nullopt;
    moment.wall_microseconds = *wall;
    moment.since_boot_nanoseconds = *since;
    return moment;
}

}  // namespace tocsin::api
