// SPDX-License-Identifier: Apache-2.0
// Delivers to a program that is started for each call.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/adapters/process/children.hpp"
#include "daemon/pipeline/sink.hpp"

namespace tocsin::daemon::process {

struct ExecOptions {
    std::vector<std::string> argv;  ///< no shell is between
    std::vector<std::string> env;   ///< `NAME=value`, each name one that `check_variable` lets pass
    std::string cwd = "/";
    std::chrono::milliseconds timeout{30'000};
    std::string bus;  ///< the socket that `tocsin` finds by default, as TOCSIN_SOCKET; may be empty
};

/// Throws `invalid` for a name that no variable can have, or that is the sink's own: CE_…, TOCSIN_… and
/// TRACEPARENT.
void check_variable(std::string_view name);

/// The program reads each message and a line's end on its standard input. Its environment is a PATH, what
/// `env` says, and the first message's event: CE_TYPE, CE_ID, CE_SOURCE, CE_SUBJECT, CE_TIME, TRACEPARENT
/// (but for those that the event lacks, that hold a NUL or are longer than `longest_value`), TOCSIN_SEQUENCE,
/// TOCSIN_ATTEMPT, TOCSIN_PIPELINE, TOCSIN_RUN, TOCSIN_MESSAGES and TOCSIN_SOCKET.
///
/// Exit 0 is delivered, 65 dead, 75 sink down; any other, death by a signal and the timeout fail. A program
/// that can't be started is a sink that is down. A stop lets a program go on for `stop_patience`.
/// Thread rule: any thread; each call is a process of its own.
class ExecSink final : public pipeline::Sink {
 public:
    /// All variables of any event together fit into what every kernel lets pass (execve(2): 128 KiB).
    static constexpr std::size_t longest_value = 32U << 10;

    ExecSink(ExecOptions options, Children& children);

    pipeline::Delivery deliver(std::span<const pipeline::Message> messages,
                               const pipeline::Occasion& occasion, std::stop_token stop) override;
    Reach reach() const noexcept override { return Reach::host; }

 private:
    std::vector<std::string> environment_for(std::span<const pipeline::Message> messages,
                                             const pipeline::Occasion& occasion) const;

    const ExecOptions options_;
    const std::vector<std::string> base_;  // PATH and what `env` says
    Children& children_;
};

}  // namespace tocsin::daemon::process
