// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 client of one daemon over its Unix socket.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/connection/deadline.hpp"
#include "cli/connection/message.hpp"
#include "cli/connection/socket.hpp"

namespace tocsin::cli::connection {

class AnswerParser;

/// Connects with the first call, keeps the connection for the next, and makes a new one where that was
/// closed. Fails with the errors of failure.hpp; what the daemon answers, refusals too, is a Reply. Thread
/// rule: one thread.
class Connection {
 public:
    explicit Connection(std::string socket_path);
    const std::string& path() const noexcept { return path_; }

    /// The deadline is for all of it: connecting, sending and the whole answer.
    Reply call(const Request& request, const Deadline& deadline);

    /// The same; `meanwhile` runs once the request is sent, before the answer is waited for. It must be
    /// short.
    Reply call(const Request& request, const Deadline& deadline, const std::function<void()>& meanwhile);

    /// The deadline is for the answer's head; the body of a 200 goes to the stream while it arrives.
    Reply call(const Request& request, const Deadline& deadline, const Stream& stream);

    /// True when the last call got as far as sending, so that the daemon may have acted on it.
    bool sent() const noexcept { return sent_; }

 private:
    Reply exchange(const Request& request, const Deadline& deadline, const Stream* stream,
                   const std::function<void()>& meanwhile = {});
    Reply attempt(const Request& request, const Deadline& deadline, const Stream* stream,
                  const std::function<void()>& meanwhile);
    void open(const Deadline& deadline);
    void send(const Request& request, const Deadline& deadline);
    void receive(AnswerParser& parser, const Deadline& deadline, const Stream* stream);
    void take_bytes(AnswerParser& parser, std::size_t count);

    std::string path_;
    Socket socket_;
    Deadline::Clock::time_point last_used_;
    bool opened_ = false;
    bool sent_ = false;
    bool sent_whole_ = false;
    std::unique_ptr<char[]> buffer_;
    std::size_t filled_ = 0;
};

}  // namespace tocsin::cli::connection
