// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/draft_builder.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "cli/commands/data_words.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/trace_context.hpp"
#include "common/core/bus_folders.hpp"
#include "common/core/clock.hpp"
#include "common/core/paths.hpp"
#include "common/core/text.hpp"
#include "common/core/uuid.hpp"
#include "common/event/json_check.hpp"

namespace tocsin::cli::commands {
namespace {

using core::Code;
using core::Error;
using event::Data;

std::string user_name() {
    std::array<char, 4096> space{};
    passwd entry{};
    passwd* found = nullptr;
    getpwuid_r(geteuid(), &entry, space.data(), space.size(), &found);
    return found != nullptr ? found->pw_name : std::to_string(geteuid());
}

Error too_large(std::size_t bytes) {
    return Error(Code::too_large,
                 "the event has " + std::to_string(bytes) + " bytes; the limit is " +
                     std::to_string(event::max_event_bytes),
                 "store the data elsewhere and send its address");
}

core::Exit unreadable(const std::string& name, int error_number) {
    return {core::ExitStatus::no_input, Code::invalid,
            "can't read " + name + " (" + std::generic_category().message(error_number) + ")",
            "name a file that this user may read, or - for standard input"};
}

std::string read_all(int descriptor, const std::string& name) {
    std::string text;
    std::array<char, 65536> part;  // filled by read(2)
    while (true) {
        const ssize_t count = read(descriptor, part.data(), part.size());
        if (count == 0) return text;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw unreadable(name, errno);
        text.append(part.data(), static_cast<std::size_t>(count));
        if (text.size() > event::max_message_bytes) throw too_large(text.size());
    }
}

std::string read_file(const std::string& path) {
    if (path == "-") return read_all(STDIN_FILENO, "standard input");
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw unreadable(path, errno);
    std::string text = read_all(descriptor, path);
    close(descriptor);
    return text;
}

Data json_data(std::string text, const std::string& origin) {
    text.erase(text.find_last_not_of(" \t\r\n") + 1);  // a file ends with a line's end
    if (!event::is_json(text) || !core::is_utf8(text))
        throw Error(Code::invalid, origin + " is not one JSON value", "check its quotes, or use key=text");
    return {Data::Kind::json, std::move(text)};
}

Data data_of(std::span<const std::string> words, const EventOptions& options) {
    const int origins =
        int{!words.empty()} + int{options.data.has_value()} + int{options.data_file.has_value()};
    if (origins > 1)
        throw usage_error("emit", "data comes from key=text words, --data or --data-file; name one");
    if (options.data) return json_data(*options.data, "--data");
    if (options.data_file) return json_data(read_file(*options.data_file), *options.data_file);
    if (!words.empty()) return {Data::Kind::json, data_from_words(words)};
    return {};
}

std::string checked(const std::optional<std::string>& value, std::string_view option, std::size_t limit) {
    if (value && (value->empty() || value->size() > limit || !core::is_printable_utf8(*value)))
        throw Error(Code::invalid,
                    std::string(option) + " has " + std::to_string(value->size()) +
                        " bytes, or characters that can't be printed",
                    "use 1 to " + std::to_string(limit) + " bytes of printable UTF-8");
    return value.value_or(std::string());
}

event::Attributes attributes_of(const EventOptions& options) {
    event::Attributes attributes;
    if (options.time) {
        if (!core::parse_rfc3339(*options.time))
            throw Error(Code::invalid, "--time '" + *options.time + "' is not an RFC 3339 time",
                        "write it as 2026-11-22T10:47:00Z");
        attributes.add("time", *options.time);
    }
    if (options.subject) attributes.add("subject", *options.subject);
    if (const auto trace = trace_context(core::process_environment)) {
        attributes.add("traceparent", trace->traceparent);
        if (!trace->tracestate.empty()) attributes.add("tracestate", trace->tracestate);
    }
    return attributes;
}

/// Bytes of JSON without the white space between its tokens, which the daemon does not count.
std::size_t compact_bytes(std::string_view json) {
    std::size_t bytes = 0;
    bool in_string = false;
    bool escaped = false;
    for (const char c : json) {
        if (in_string || (c != ' ' && c != '\n' && c != '\t' && c != '\r')) ++bytes;
        if (c == '"' && !escaped) in_string = !in_string;
        escaped = c == '\\' && !escaped;
    }
    return bytes;
}

void check_size(const event::Draft& draft) {
    if (draft.size_bytes() <= event::max_event_bytes) return;
    const std::size_t bytes = draft.size_bytes() - draft.data.bytes.size() + compact_bytes(draft.data.bytes);
    if (bytes > event::max_event_bytes) throw too_large(bytes);
}

}  // namespace

event::Draft build_draft(const std::string& type, std::span<const std::string> data_words,
                         const EventOptions& options) {
    event::Draft draft{.type = event::Topic::parse(type),
                       .source = checked(options.source, "--source", event::max_source_bytes),
                       .id = checked(options.id, "--id", event::max_id_bytes),
                       .attributes = attributes_of(options),
                       .data = data_of(data_words, options)};
    if (draft.source.empty()) draft.source = core::default_source(user_name(), "tocsin");
    if (draft.id.empty()) draft.id = core::to_text(core::UuidSource().next(core::SystemClock().now()));
    check_size(draft);
    return draft;
}

}  // namespace tocsin::cli::commands
