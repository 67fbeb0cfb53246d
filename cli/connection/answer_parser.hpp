// SPDX-License-Identifier: Apache-2.0
// Reads one HTTP/1.1 answer from bytes as they arrive; within this room only.
#pragma once

#include <utility>
// Boost 1.74 needs <utility> before its own headers.
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "cli/connection/message.hpp"

namespace tocsin::cli::connection {

/// Thread rule: one thread.
class AnswerParser {
 public:
    /// `path` names the daemon in errors. The body of a 200 goes to `stream`, unless that is null.
    AnswerParser(const std::string& path, const Stream* stream);
    AnswerParser(const AnswerParser&) = delete;
    AnswerParser& operator=(const AnswerParser&) = delete;

    /// Returns how many bytes it used; the rest must come again, with more behind. Throws `not_understood`.
    std::size_t take(std::string_view bytes);

    /// The other side has closed. Throws `closed_unanswered` or `cut` unless the answer was whole.
    void end();

    /// The answer is whole, or its reader wants no more.
    bool finished() const { return stopped_ || parser_.is_done(); }
    /// The head has come, and the body is going to the stream.
    bool streaming() const { return streaming_; }
    /// Another request may use the connection.
    bool keeps_alive() const { return !stopped_ && parser_.is_done() && parser_.get().keep_alive(); }

    Reply reply();

 private:
    using ErrorCode = boost::system::error_code;
    void head_is_here();

    const std::string& path_;
    const Stream* stream_;
    boost::beast::http::response_parser<boost::beast::http::string_body> parser_;
    std::function<std::size_t(std::uint64_t, boost::beast::string_view, ErrorCode&)> on_chunk_;
    bool begun_ = false;
    bool streaming_ = false;
    bool stopped_ = false;
};

}  // namespace tocsin::cli::connection
