// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/message.hpp"

#include <algorithm>

#include "common/api/problem.hpp"
#include "common/core/error.hpp"

namespace tocsin::daemon::api {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            throw core::Error(core::Code::invalid, "the query holds a malformed escape",
                              "write '%' as %25, and other bytes as %XX");
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace

std::string_view name_of(Method method) noexcept { return method == Method::get ? "GET" : "POST"; }

Parameters Parameters::parse(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty()) continue;
        const std::size_t split = std::min(pair.find('='), pair.size());
        parameters.entries_.emplace_back(decode(pair.substr(0, split)),
                                         decode(pair.substr(std::min(split + 1, pair.size()))));
    }
    return parameters;
}

std::optional<std::string> Parameters::one(std::string_view name) const {
    const auto found =
        std::ranges::find(entries_, name, [](const auto& entry) { return std::string_view(entry.first); });
    if (found == entries_.end()) return std::nullopt;
    return found->second;
}

std::vector<std::string> Parameters::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : entries_)
        if (key == name) values.push_back(value);
    return values;
}

std::string_view Request::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers)
        if (key == name) return value;
    return {};
}

Unauthenticated::Unauthenticated(Token token)
    : Error(core::Code::denied,
            token == Token::missing ? "this door needs a token" : "the token is not known here",
            "send 'Authorization: Bearer TOKEN'; 'tocsin token new' makes one"),
      token_(token) {}

std::string_view Unauthenticated::challenge() const noexcept {
    return token_ == Token::missing ? "Bearer" : "Bearer error=\"invalid_token\"";
}

Response to_response(const Unauthenticated& error) {
    Response response = to_response(error, 401);
    response.headers.emplace_back("WWW-Authenticate", error.challenge());
    return response;
}

Response to_response(const core::Error& error, int status) {
    return {
        status, std::string(tocsin::api::problem_media_type), tocsin::api::problem_json(error, status), {}};
}

Response to_response(const core::Error& error) {
    Response response = to_response(error, tocsin::api::http_status_of(error));
    if (error.code() != core::Code::unavailable) return response;
    const auto* too_fast = dynamic_cast<const TooFast*>(&error);
    const std::chrono::seconds wait = too_fast == nullptr ? std::chrono::seconds(1) : too_fast->retry_after();
    response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
    return response;
}

}  // namespace tocsin::daemon::api
