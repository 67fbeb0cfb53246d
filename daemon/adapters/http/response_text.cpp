// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/response_text.hpp"

#include <utility>

#include <boost/beast/http/status.hpp>

#include "common/event/json_text.hpp"

namespace tocsin::daemon::http {
namespace {

constexpr std::size_t chunk_size_digits = 8;
constexpr std::string_view newline = "\r\n";

std::string status_line(int status) {
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    std::string line = "HTTP/1.1 " + std::to_string(status) + " ";
    line.append(reason.data(), reason.size());
    return line += newline;
}

}  // namespace

std::string response_head(const api::Response& response, Connection connection) {
    std::string head = status_line(response.status);
    head += "Content-Type: ";
    head += response.media_type;
    head += "\r\nContent-Length: ";
    head += std::to_string(response.body.size());
    head += newline;
    for (const auto& [name, value] : response.headers) {
        head += name;
        head += ": ";
        head += value;
        head += newline;
    }
    if (connection == Connection::close) head += "Connection: close\r\n";
    return head += newline;
}

std::string stream_head(api::Stream::Format format) {
    std::string head = status_line(200);
    head += "Content-Type: ";
    head += format == api::Stream::Format::sse ? "text/event-stream" : "application/x-ndjson";
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
