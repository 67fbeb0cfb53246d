// SPDX-License-Identifier: Apache-2.0
// The part of a session that sends a file: a piece in memory at a time, and the next when the client has
// taken it.
#include <utility>

#include "daemon/adapters/http/response_text.hpp"
#include "daemon/adapters/http/session.hpp"

namespace tocsin::daemon::http {
namespace {

constexpr std::size_t piece_bytes = 256U << 10;

}  // namespace

/// In chunks, so that an end that comes too early shows. Each piece has a reply's time to be taken.
Task<bool> Session::send_file(std::shared_ptr<const eventlog::Backup> file, std::string_view media_type) {
    enter(Phase::writing);
    const std::string head = chunked_head(media_type);
    bool sent = co_await write_text(head);
    const std::uint64_t size = head_only_ ? 0 : file->size_bytes();
    for (std::uint64_t place = 0; sent && place < size; place += piece_bytes) {
        std::string piece;
        const std::size_t start = begin_chunk(piece);
        file->read(place, piece_bytes, piece);
        end_chunk(start, piece);
        enter(Phase::writing);
        sent = co_await write_text(piece);
    }
    file.reset();  // before the client has all of it and asks for another
    if (!sent || head_only_) co_return sent;
    sent = co_await write_text(last_chunk);
    co_return sent;
}

}  // namespace tocsin::daemon::http
