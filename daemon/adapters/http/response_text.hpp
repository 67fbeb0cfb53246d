// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 replies as they go over the wire (RFC 9112).
#pragma once

#include <string>
#include <string_view>

#include "daemon/api/message.hpp"

namespace tocsin::daemon::http {

enum class Connection { keep_alive, close };

/// Status line and headers of a reply with a body of known length.
void append_response_head(const api::Response& response, Connection connection, std::string& out);

/// Status line and headers of a reply in chunks.
std::string stream_head(api::Stream::Format format);
std::string chunked_head(std::string_view media_type);

/// Appends one event in the stream's format.
void append_event(const event::Event& event, api::Stream::Format format, std::string& out);

/// Wraps what was written since `start` into a chunk (RFC 9112, section 7.1). `start` lies behind room for
/// the chunk's size, made by `begin_chunk`.
std::size_t begin_chunk(std::string& out);
void end_chunk(std::size_t start, std::string& out);

inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace tocsin::daemon::http
