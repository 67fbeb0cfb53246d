// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/draft_codec.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "common/core/timestamp.hpp"
#include "common/event/json_check.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::daemon::api {
namespace {

using core::Code;
using core::Error;
using event::Data;
using event::Draft;
namespace json = simdjson::ondemand;

Error invalid(const std::string& message, const std::string& hint) { return {Code::invalid, message, hint}; }

/// Something that is wrong with the text itself, so that its place is worth telling.
class JsonError : public Error {
 public:
    JsonError(const std::string& message, const std::string& hint) : Error(Code::invalid, message, hint) {}
};

JsonError not_json(simdjson::error_code error) {
    if (error == simdjson::UTF8_ERROR) return {"the JSON is not valid UTF-8", "send UTF-8"};
    if (error == simdjson::NUMBER_ERROR)
        return {"a number is malformed or beyond what a double can hold", "send it as a string"};
    if (error == simdjson::UNESCAPED_CHARS)
        return {"a string holds a control character", "escape it as \\u00XX, or send data_base64"};
    if (error == simdjson::INCORRECT_TYPE || error == simdjson::N_ATOM_ERROR)
        return {"not valid JSON: a word is neither true, false nor null", "put strings in quotes"};
    return {std::string("not valid JSON: ") + simdjson::error_message(error),
            "check it with a JSON tool such as jq"};
}

template <class Value>
Value take(simdjson::simdjson_result<Value> result) {
    Value value;
    if (const auto error = std::move(result).get(value)) throw not_json(error);
    return value;
}

/// The keys of one object, to find a name that stands there twice. The views point into the parser's memory.
class Keys {
 public:
    void add(std::string_view key) {
        const bool is_new = count_ < few ? add_to_few(key) : add_to_many(key);
        if (!is_new)
            throw JsonError("the name '" + std::string(key) + "' stands twice in one object", "send it once");
    }

 private:
    static constexpr std::size_t few = 16;

    std::string_view at(std::size_t i) const { return {data_[i], size_[i]}; }

    bool add_to_few(std::string_view key) {
        for (std::size_t i = 0; i < count_; ++i)
            if (at(i) == key) return false;
        data_[count_] = key.data();
        size_[count_++] = key.size();
        return true;
    }

    bool add_to_many(std::string_view key) {
        if (!many_) {
            many_.emplace();
            for (std::size_t i = 0; i < few; ++i) many_->insert(at(i));
        }
        return many_->insert(key).second;
    }

    // filled as keys come: most objects have few, and clearing all would cost more than adding them
    std::array<const char*, few> data_;
    std::array<std::size_t, few> size_;
    std::size_t count_ = 0;
    std::optional<std::set<std::string_view>> many_;
};

/// Visits every token below a value: on-demand parsing checks only what is visited.
template <class Value>
void check(Value&& value, std::size_t depth) {
    const auto type = take<json::json_type>(value.type());
    const bool is_container = type == json::json_type::object || type == json::json_type::array;
    if (is_container && depth > event::max_json_depth)
        throw JsonError("the JSON is nested deeper than " + std::to_string(event::max_json_depth) + " levels",
                        "flatten it, or send it as a string");
    switch (type) {
        case json::json_type::object: {
            Keys keys;
            for (auto field : take<json::object>(value.get_object())) {
                keys.add(take<std::string_view>(field.unescaped_key()));
                check(take<json::value>(field.value()), depth + 1);
            }
            return;
        }
        case json::json_type::array:
            for (auto item : take<json::array>(value.get_array())) check(take<json::value>(item), depth + 1);
            return;
        case json::json_type::number: take<double>(value.get_double()); return;
        case json::json_type::string: take<std::string_view>(value.get_string()); return;
        case json::json_type::boolean: take<bool>(value.get_bool()); return;
        case json::json_type::null:
            if (!take<bool>(value.is_null())) throw not_json(simdjson::N_ATOM_ERROR);
            return;
    }
}

/// The place of the quote that ends a string which begins in front of `start`.
std::size_t end_of_string(std::string_view text, std::size_t start) {
    for (std::size_t end = text.find('"', start); end < text.size(); end = text.find('"', end + 1)) {
        std::size_t backslashes = 0;
        while (end - backslashes > start && text[end - backslashes - 1] == '\\') ++backslashes;
        if (backslashes % 2 == 0) return end;
    }
    return text.size();
}

/// Whether no white space stands between tokens. The text is valid JSON.
bool is_compact(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') return false;
        if (c == '"') i = end_of_string(text, i + 1);
    }
    return true;
}

std::string minified(std::string_view text) {
    if (is_compact(text)) return std::string(text);
    std::string out(text.size() + simdjson::SIMDJSON_PADDING, '\0');
    std::size_t size = 0;
    if (const auto error = simdjson::minify(text.data(), text.size(), out.data(), size))
        throw not_json(error);
    out.resize(size);
    return out;
}

/// The text of a value, and the same checked. Leaves the value used up.
std::string checked_text(json::value value) {
    const auto type = take<json::json_type>(value.type());
    std::string_view text;
    if (type == json::json_type::object) {
        json::object object = take<json::object>(value.get_object());
        text = take<std::string_view>(object.raw_json());
        object.reset();
        Keys keys;
        for (auto field : object) {
            keys.add(take<std::string_view>(field.unescaped_key()));
            check(take<json::value>(field.value()), 2);
        }
    } else if (type == json::json_type::array) {
        json::array array = take<json::array>(value.get_array());
        text = take<std::string_view>(array.raw_json());
        array.reset();
        for (auto item : array) check(take<json::value>(item), 2);
    } else {
        text = value.raw_json_token();
        check(value, 1);
    }
    return minified(text);
}

std::string take_string(json::value& value, std::string_view name) {
    std::string_view text;
    if (const auto error = value.get_string().get(text)) {
        if (error != simdjson::INCORRECT_TYPE) throw not_json(error);
        throw invalid("'" + std::string(name) + "' is not a string", "send it as a JSON string");
    }
    return std::string(text);
}

/// Members in the order in which they came, before they become a draft.
struct Members {
    std::optional<std::string> type, source, id, time, data_base64;
    std::optional<std::string> data;
    event::Attributes others;
};

bool is_set_by_daemon(std::string_view name) {
    return name == "sequence" || name == "recordedtime" || name == "authtype" || name == "authid";
}

void take_extension(std::string_view name, json::value& value, event::Attributes& out) {
    switch (take<json::json_type>(value.type())) {
        case json::json_type::string: return out.add(name, take_string(value, name));
        case json::json_type::boolean:
            return out.add_flag(name, take<bool>(value.get_bool()) ? "true" : "false");
        case json::json_type::number: {
            std::int64_t number = 0;
            using Limits = std::numeric_limits<std::int32_t>;
            if (!value.get_int64().get(number) && number >= Limits::min() && number <= Limits::max())
                return out.add(name, static_cast<std::int32_t>(number));
            break;
        }
        default: break;
    }
    throw invalid("attribute '" + std::string(name) + "' is not a string, a boolean or a 32-bit integer",
                  "CloudEvents allows no other attributes; put it inside data");
}

void take_version(json::value& value) {
    const std::string version = take_string(value, "specversion");
    if (version != "1.0")
        throw invalid("specversion '" + version + "' is not supported", "send CloudEvents 1.0");
}

void take_member(std::string_view name, json::value value, Members& out) {
    if (name == "data") {
        out.data = checked_text(value);
        return;
    }
    if (take<json::json_type>(value.type()) == json::json_type::null) {  // null stands for "not set"
        check(value, 1);
        return;
    }
    if (name == "specversion") return take_version(value);
    if (name == "type")
        out.type = take_string(value, name);
    else if (name == "source")
        out.source = take_string(value, name);
    else if (name == "id")
        out.id = take_string(value, name);
    else if (name == "time")
        out.time = take_string(value, name);
    else if (name == "data_base64")
        out.data_base64 = take_string(value, name);
    else if (is_set_by_daemon(name))
        check(value, 1);
    else
        take_extension(name, value, out.others);
}

Data take_data(Members& members) {
    if (members.data && members.data_base64)
        throw invalid("both 'data' and 'data_base64' are there", "send one of them");
    if (members.data) return {Data::Kind::json, std::move(*members.data)};
    if (!members.data_base64) return {};
    auto bytes = event::decode_base64(*members.data_base64);
    if (!bytes) throw invalid("'data_base64' is not base64", "use RFC 4648 base64 with padding");
    return {Data::Kind::binary, std::move(*bytes)};
}

Draft to_draft(Members& members, const DraftDefaults& defaults) {
    if (!members.type && !defaults.type.empty()) members.type = defaults.type;
    if (!members.type)
        throw invalid("the event has no 'type'", "name its topic, as in \"type\":\"order.created\"");
    event::Attributes attributes;
    if (members.time) {
        if (!core::parse_rfc3339(*members.time))
            throw invalid("time '" + members.time->substr(0, 64) + "' is not an RFC 3339 time",
                          "write it as 2026-01-31T12:00:00Z");
        attributes.add("time", *members.time);
    }
    attributes.append(members.others);
    return Draft{.type = event::Topic::parse(*members.type),
                 .source = std::move(members.source).value_or(""),
                 .id = std::move(members.id).value_or(""),
                 .id_origin = members.id ? event::IdOrigin::client : event::IdOrigin::minted,
                 .attributes = std::move(attributes),
                 .data = take_data(members)};
}

Draft read_object(json::object object, const DraftDefaults& defaults) {
    Members members;
    Keys keys;
    for (auto field : object) {
        const auto name = take<std::string_view>(field.unescaped_key());
        keys.add(name);
        take_member(name, take<json::value>(field.value()), members);
    }
    return to_draft(members, defaults);
}

bool marks_an_event(json::raw_json_string key) {
    return key == "type" || key == "data" || key == "data_base64" || key == "specversion";
}

/// True for JSON that only becomes an event by its default type. Looks at the keys and takes the object back.
template <class Value>
bool is_bare_data(Value& value, const DraftDefaults& defaults) {
    if (defaults.type.empty()) return false;
    if (take<json::json_type>(value.type()) != json::json_type::object) return true;
    json::object object = take<json::object>(value.get_object());
    for (auto field : object)
        if (marks_an_event(take<json::raw_json_string>(field.key()))) {
            object.reset();
            return false;
        }
    object.reset();
    return true;
}

void check_count(std::size_t events) {
    if (events > event::max_batch_events)
        throw Error(Code::too_large,
                    "there are more than " + std::to_string(event::max_batch_events) + " events",
                    "send them in several requests");
}

Draft bare_data(std::string text, const DraftDefaults& defaults) {
    Members members;
    members.data = std::move(text);
    return to_draft(members, defaults);
}

json::object object_in(simdjson::simdjson_result<json::object> result) {
    json::object object;
    // NOLINTNEXTLINE(performance-move-const-arg): this overload is for temporaries only
    const auto error = std::move(result).get(object);
    if (error == simdjson::INCORRECT_TYPE) throw invalid("an event is a JSON object", "begin it with '{'");
    if (error) throw not_json(error);
    return object;
}

}  // namespace

struct DraftCodec::Memory {
    json::parser parser;
    std::string padded;

    json::document open(std::string_view text) {
        constexpr std::string_view white = " \t\r\n";
        const std::size_t first = text.find_first_not_of(white);
        if (first == std::string_view::npos) throw invalid("there is no JSON", "send at least one event");
        padded.assign(text.substr(0, text.find_last_not_of(white) + 1));
        padded.replace(0, first, first, ' ');
        padded.reserve(padded.size() + simdjson::SIMDJSON_PADDING);
        json::document document;
        const auto error = parser.iterate(padded.data(), padded.size(), padded.capacity()).get(document);
        if (error) throw at_byte(not_json(error), first_bad_byte(error));
        return document;
    }

    /// The scan before parsing tells that a byte is wrong, but not which.
    std::optional<std::size_t> first_bad_byte(simdjson::error_code error) const {
        if (error == simdjson::UTF8_ERROR) return core::valid_utf8_bytes(padded);
        if (error != simdjson::UNESCAPED_CHARS) return std::nullopt;
        const auto bad = std::ranges::find_if(padded, [](char c) {
            return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' && c != '\t';
        });
        return bad == padded.end() ? std::nullopt : std::optional<std::size_t>(bad - padded.begin());
    }

    static Error at_byte(const Error& error, std::optional<std::size_t> byte) {
        if (!byte) return error;
        return {error.code(), std::string(error.what()) + ", near byte " + std::to_string(*byte + 1),
                error.hint()};
    }

    /// Opens the text, lets `read` have it whole, and tells where it failed.
    template <class Read>
    auto with(std::string_view text, Read&& read) {
        json::document document = open(text);
        try {
            auto result = read(document);
            expect_end(document);
            return result;
        } catch (const JsonError& error) {
            const char* place = nullptr;
            if (document.current_location().get(place)) throw;
            throw at_byte(error,
                          std::min(static_cast<std::size_t>(place - padded.data()), padded.size() - 1));
        }
    }

    static void expect_end(json::document& document) {
        const char* place = nullptr;
        if (!document.current_location().get(place))
            throw JsonError("there is something behind the end of the JSON",
                            "send one value, or one event a line");
    }
};

DraftCodec::DraftCodec() : memory_(std::make_unique<Memory>()) {}
DraftCodec::~DraftCodec() = default;

Draft DraftCodec::read_one(std::string_view text, const DraftDefaults& defaults) {
    return memory_->with(text, [&](json::document& document) {
        if (!is_bare_data(document, defaults)) return read_object(object_in(document.get_object()), defaults);
        document.rewind();
        check(document, 1);
        return bare_data(minified(memory_->padded), defaults);
    });
}

std::vector<Draft> DraftCodec::read_array(std::string_view text, const DraftDefaults& defaults) {
    std::vector<Draft> drafts;
    std::size_t member = 0;
    const auto read = [&](json::document& document) {
        if (take<json::json_type>(document.type()) != json::json_type::array) {
            drafts.push_back(read_object(object_in(document.get_object()), defaults));
            return drafts.size();
        }
        for (auto item : take<json::array>(document.get_array())) {
            ++member;
            check_count(member);
            drafts.push_back(read_object(object_in(item.get_object()), defaults));
            drafts.back().line = member;
        }
        member = 0;
        return drafts.size();
    };
    try {
        memory_->with(text, read);
    } catch (const Error& error) {
        throw error.at_line(member);
    }
    return drafts;
}

std::vector<Draft> DraftCodec::read_lines(std::string_view text, const DraftDefaults& defaults) {
    std::vector<Draft> drafts;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        try {
            check_count(drafts.size() + 1);
            drafts.push_back(read_one(one, defaults));
        } catch (const Error& error) {
            throw error.at_line(line);
        }
        drafts.back().line = line;
    }
    return drafts;
}

std::string DraftCodec::read_value(std::string_view text) {
    return memory_->with(text, [&](json::document& document) {
        check(document, 1);
        return minified(memory_->padded);
    });
}

}  // namespace tocsin::daemon::api
