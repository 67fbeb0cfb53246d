// SPDX-License-Identifier: Apache-2.0
#include "common/api/problem.hpp"

#include <nlohmann/json.hpp>

namespace tocsin::api {
namespace {

using core::Code;
using core::Error;
using core::Reason;
using Json = nlohmann::ordered_json;

std::string_view title_of(Code code) {
    switch (code) {
        case Code::invalid: return "The request is invalid";
        case Code::denied: return "Not allowed";
        case Code::not_found: return "Not found";
        case Code::conflict: return "Conflicts with what is stored";
        case Code::too_large: return "Too large";
        case Code::unavailable: return "Unavailable";
        case Code::internal: break;
    }
    return "Internal error";
}

void add_details(const Error& error, Json& out) {
    if (error.reason() != Reason::none) out["reason"] = core::name_of(error.reason());
    if (!error.hint().empty()) out["hint"] = error.hint();
    if (const auto line = error.line()) out["line"] = *line;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string text_of(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Error read(const Json& json) {
    const auto code = core::code_named(text_of(json, "code")).value_or(Code::internal);
    const std::string message = json.contains("detail") ? text_of(json, "detail") : text_of(json, "message");
    const Reason reason = core::reason_named(text_of(json, "reason"));
    Error error = code == Code::unavailable ? Error::unavailable(reason, message, text_of(json, "hint"))
                                            : Error(code, message, text_of(json, "hint"));
    const auto line = json.find("line");
    return line != json.end() && line->is_number_unsigned() ? error.at_line(line->get<std::size_t>()) : error;
}

}  // namespace

int http_status_of(const Error& error) noexcept {
    switch (error.code()) {
        case Code::invalid: return 400;
        case Code::denied: return 403;
        case Code::not_found: return 404;
        case Code::conflict: return 409;
        case Code::too_large: return 413;
        case Code::unavailable: return error.reason() == Reason::rate ? 429 : 503;
        case Code::internal: break;
    }
    return 500;
}

std::string problem_json(const Error& error, int status) {
    Json json;
    json["type"] = "urn:tocsin:error:" + std::string(core::name_of(error.code()));
    json["title"] = title_of(error.code());
    json["status"] = status;
    json["detail"] = error.what();
    json["code"] = core::name_of(error.code());
    add_details(error, json);
    return dump(json);
}

std::string refusal_json(const Error& error) {
    Json json;
    json["code"] = core::name_of(error.code());
    json["message"] = error.what();
    add_details(error, json);
    return dump(json);
}

Error parse_problem(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("code"))
        return Error(Code::internal,
                     "the answer is not a problem document: " + std::string(text.substr(0, 80)),
                     "check that the socket belongs to tocsind");
    return read(json);
}

core::Error not_understood(std::string_view what, const std::string& why) {
    return core::Error(core::Code::internal, "the " + std::string(what) + " can't be read: " + why,
                       "check that tocsin and tocsind have the same version");
}

}  // namespace tocsin::api
