// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/response_text.hpp"

#include <utility>

#include <boost/beast/http/status.hpp>

#include "common/event/json_text.hpp"

namespace tocsin::daemon::http {
namespace {

constexpr std::size_t chunk_size_digits = 8;
constexpr std::string_view newline = "\r\n";

void append_status_line(int status, std::string& out) {
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    out += "HTTP/1.1 ";
    out += std::to_string(status);
    out += ' ';
    out.append(reason.data(), reason.size());
    out += newline;
}

}  // namespace

void append_response_head(const api::Response& response, Connection connection, std::string& out) {
    append_status_line(response.status, out);
    out += "Content-Type: ";
    out += response.media_type;
    out += "\r\nContent-Length: ";
    out += std::to_string(response.body.size());
    out += newline;
    for (const auto& [name, value] : response.headers) {
        out += name;
        out += ": ";
        out += value;
        out += newline;
    }
    if (connection == Connection::close) out += "Connection: close\r\n";
    out += newline;
}

std::string stream_head(api::Stream::Format format) {
    return chunked_head(format == api::Stream::Format::sse ? "text/event-stream" : "application/x-ndjson");
}

std::string chunked_head(std::string_view media_type) {
    std::string head;
    append_status_line(200, head);
    head += "Content-Type: ";
    head += media_type;
    return head += "\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n";
}

void append_event(const event::Event& event, api::Stream::Format format, std::string& out) {
    if (format == api::Stream::Format::ndjson) {
        event::append_json(event, out);
        out += '\n';
        return;
    }
    out += "id: ";
    core::append_sequence(event.seq, out);
    out += "\ndata: ";
    event::append_json(event, out);
    out += "\n\n";
}

std::size_t begin_chunk(std::string& out) {
    out.append(chunk_size_digits, '0');
    out += newline;
    return out.size();
}

void end_chunk(std::size_t start, std::string& out) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::size_t size = out.size() - start;
    for (std::size_t place = start - newline.size(); size > 0; size /= 16) out[--place] = hex[size % 16];
    out += newline;
}

}  // namespace tocsin::daemon::http
