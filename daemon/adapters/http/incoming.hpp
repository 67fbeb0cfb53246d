// SPDX-License-Identifier: Apache-2.0
// What the parts of a session share: a request as it comes in, and what HTTP itself has to say against it.
#pragma once

#include <utility>

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <string_view>

#include "common/core/error.hpp"
#include "common/event/event.hpp"
#include "daemon/adapters/http/session.hpp"

namespace tocsin::daemon::http {

inline std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// The path of a target. A client may send the whole address (RFC 9112, section 3.2.2): the path is what
/// counts.
inline std::string_view origin_form(std::string_view target) {
    constexpr std::string_view scheme = "http://";
    if (!target.starts_with(scheme)) return target;
    const std::size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
}

/// What a request asks for: a path, and what stands behind the question mark.
struct Target {
    std::string_view path;
    std::string_view query;

    static Target of(std::string_view text) {
        const std::string_view target = origin_form(text);
        const std::size_t question = std::min(target.find('?'), target.size());
        return {target.substr(0, question), target.substr(std::min(question + 1, target.size()))};
    }
};

/// A request as it comes in.
struct Session::Incoming {
    boost::beast::http::request_parser<boost::beast::http::string_body> parser;
    bool looked_at_head = false;
    bool told_to_continue = false;

    static constexpr std::uint32_t header_limit = 32U << 10;

    Incoming() {
        parser.header_limit(header_limit);
        parser.body_limit(event::max_message_bytes);
        parser.eager(true);
    }
};

/// What HTTP itself has to say against a request, before any route sees it.
struct Session::Fault {
    int status;
    core::Error error;
    api::Headers headers = {};

    static Fault of(const boost::system::error_code& error) {
        if (error == boost::beast::http::error::header_limit)
            return {431, core::Error(core::Code::invalid, "the request's headers are longer than 32 KiB",
                                     "send fewer or shorter ones")};
        if (error == boost::beast::http::error::body_limit)
            return {413, core::Error(core::Code::too_large, "the body is longer than 16 MiB",
                                     "send it in several requests")};
        return {400, core::Error(core::Code::invalid, "not an HTTP request: " + error.message(),
                                 "speak HTTP/1.1")};
    }
    static Fault no_room() {
        return {503, core::Error::unavailable(core::Reason::busy, "too many large requests are on their way",
                                              "try again in a moment")};
    }
    static Fault of(const api::Unauthenticated& error) {
        return {401,
                static_cast<const core::Error&>(error),
                {{"WWW-Authenticate", std::string(error.challenge())}}};
    }
    static Fault no_host() {
        return {400, core::Error(core::Code::invalid, "the request has no Host header",
                                 "HTTP/1.1 asks for one (RFC 9112, section 3.2)")};
    }
    static Fault timeout() {
        return {408,
                core::Error(core::Code::invalid, "the request did not arrive in time", "send it faster")};
    }
    static Fault stopping() {
        return {503, core::Error::unavailable(core::Reason::stopping, "the daemon is stopping",
                                              "send the request again, with the same ids")};
    }
};

}  // namespace tocsin::daemon::http
