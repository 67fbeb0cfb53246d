// SPDX-License-Identifier: Apache-2.0
#include "cli/connection/answer_parser.hpp"

#include "cli/connection/failure.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::connection {

namespace http = boost::beast::http;

namespace {

/// Retry-After in seconds (RFC 9110, section 10.2.3); its other form, a date, counts as nothing said.
std::chrono::seconds seconds_in(boost::beast::string_view text) {
    return std::chrono::seconds(core::parse_number<unsigned>({text.data(), text.size()}).value_or(0));
}

}  // namespace

AnswerParser::AnswerParser(const std::string& path, const Stream* stream) : path_(path), stream_(stream) {
    parser_.header_limit(64 * 1024);
    parser_.body_limit(std::uint64_t{1} << 62);  // Boost 1.74 takes `none` for 0
    on_chunk_ = [this](std::uint64_t, boost::beast::string_view part, ErrorCode& error) {
        if (stream_->take({part.data(), part.size()}) == Flow::stop) {
            stopped_ = true;
            error = http::error::end_of_stream;
        }
        return part.size();
    };
}

void AnswerParser::head_is_here() {
    parser_.eager(true);
    streaming_ = stream_ != nullptr && parser_.get().result() == http::status::ok;
    if (streaming_ && parser_.chunked()) parser_.on_chunk_body(on_chunk_);
}

std::size_t AnswerParser::take(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !finished()) {
        begun_ = true;
        ErrorCode error;
        const auto rest = bytes.substr(used);
        const std::size_t step = parser_.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
        used += step;
        if (stopped_) break;
        if (error && error != http::error::need_more) throw not_understood(path_, error.message());
        const bool head_came = !parser_.eager() && parser_.is_header_done();
        if (head_came) head_is_here();
        if (step == 0 && !head_came) break;
    }
    return used;
}

void AnswerParser::end() {
    if (!begun_) throw closed_unanswered(path_);
    ErrorCode error;
    if (!finished()) parser_.put_eof(error);
    if (error || !finished()) throw cut(path_);
}

Reply AnswerParser::reply() {
    auto message = parser_.release();
    const auto type = message[http::field::content_type];
    Reply reply{message.result_int(), std::string(type.data(), type.size()), std::move(message.body()),
                seconds_in(message[http::field::retry_after])};
    if (streaming_ && !reply.body.empty()) {  // it came with a Content-Length, in one piece
        stream_->take(reply.body);
        reply.body.clear();
    }
    return reply;
}

}  // namespace tocsin::cli::connection
