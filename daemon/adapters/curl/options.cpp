// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/curl/options.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "common/core/error.hpp"
#include "common/core/text.hpp"

namespace tocsin::daemon::curl {
namespace {

using core::Code;
using core::Error;

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// Framing, connection management (RFC 9110, section 7.6.1) and what the sink itself says.
constexpr std::array reserved_names{
    "Connection", "Content-Length",   "Content-Type",       "Expect",  "Host",
    "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "TE",      "Proxy-Authorization",
    "Trailer",    "traceparent",      "tracestate",         "Upgrade", "Transfer-Encoding"};
constexpr std::array<std::string_view, 2> reserved_prefixes{"ce-", "webhook-"};

/// RFC 9110, section 5.6.2.
bool is_token_character(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
}

bool is_reserved(const std::string& name) {
    return std::ranges::any_of(reserved_names,
                               [&](const char* other) { return curl_strequal(name.c_str(), other) != 0; }) ||
           std::ranges::any_of(reserved_prefixes, [&](std::string_view prefix) {
               return curl_strnequal(name.c_str(), prefix.data(), prefix.size()) != 0;
           });
}

/// Empty when the URL has no such part.
std::string part_of(const Url& url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
    return text;
}

}  // namespace

void check_url(const std::string& url) {
    if (!std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; }))
        throw Error(Code::invalid, "a URL holds visible ASCII characters only",
                    "write others as %XX, and a host's name as punycode");
    const Url parsed(curl_url(), &curl_url_cleanup);
    // The URL stays out of the message: a path may hold a secret, as chat services have it.
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
        part_of(parsed, CURLUPART_HOST).empty())
        throw Error(Code::invalid, "it is not a URL", "write it as https://host/path");
    const std::string scheme = part_of(parsed, CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https")
        throw Error(Code::invalid, "'" + scheme + "' is not a scheme of HTTP", "write http:// or https://");
    if (!part_of(parsed, CURLUPART_USER).empty() || !part_of(parsed, CURLUPART_PASSWORD).empty())
        throw Error(Code::invalid, "a URL with credentials is not allowed",
                    "send them in a header, Authorization for example");
}

void check_header(const std::string& name, const std::string& value) {
    if (name.empty() || !std::ranges::all_of(name, is_token_character))
        throw Error(Code::invalid, "'" + name + "' is not a header's name",
                    "use letters, digits and hyphens");
    if (is_reserved(name))
        throw Error(Code::invalid, "header '" + name + "' is not free",
                    "leave it out: the sink sets it itself");
    if (!value.empty() && !core::is_printable_utf8(value))
        throw Error(Code::invalid,
                    "the value of header '" + name + "' holds control characters or broken UTF-8",
                    "write printable text on one line");
}

}  // namespace tocsin::daemon::curl
