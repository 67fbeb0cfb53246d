// SPDX-License-Identifier: Apache-2.0
// The port to where a pipeline delivers.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "common/core/sequence.hpp"
#include "daemon/pipeline/retry.hpp"

namespace tocsin::daemon::pipeline {

/// One thing to deliver: an event, or what `map` made of it.
struct Message {
    core::Seq seq = 0;
    std::uint32_t attempt = 1;
    std::string id;
    std::string type;
    std::string source;
    std::string subject;  ///< may be empty, as the two below
    std::string time;
    std::string traceparent;
    std::string body;  ///< one JSON value, without a line's end
};

/// What became of the messages of one call, all of them alike.
struct Delivery {
    Verdict verdict = Verdict::delivered;
    std::string result;  ///< in a word: `exit 0`, `HTTP 503`, `No space left on device`
    std::string output;  ///< what the other side said, for the run's record
    std::chrono::milliseconds duration{0};
    std::optional<std::chrono::milliseconds> retry_after = std::nullopt;  ///< as the other side asks for
};

/// Thread rule: one thread at a time; a pipeline with several workers has a sink for each, or one that says
/// it may be shared.
class Sink {
 public:
    virtual ~Sink() = default;

    /// Delivers all messages or none that is acknowledged: `delivered` means that the other side has taken
    /// responsibility. Returns within the sink's own limits of time, and soon when a stop is asked for. Does
    /// not throw for what the other side does.
    virtual Delivery deliver(std::span<const Message> messages, std::stop_token stop) = 0;

    /// SIGHUP: what is open is opened anew at the next delivery.
    virtual void reopen() {}
};

}  // namespace tocsin::daemon::pipeline
