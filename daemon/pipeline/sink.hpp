// SPDX-License-Identifier: Apache-2.0
// The port to where a pipeline delivers.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "common/event/event.hpp"
#include "daemon/pipeline/retry.hpp"

namespace tocsin::daemon::pipeline {

/// One thing to deliver: an event, or what `map` made of it.
struct Message {
    enum class Shape : std::uint8_t { event, mapped };
    const event::Event* event = nullptr;  ///< what it was made from; outlives the delivery
    Shape shape = Shape::event;
    std::string
        body;  ///< one JSON value without a line's end: the event in CloudEvents' JSON, or `map`'s output
    std::string
        id;  ///< the same at every attempt: the event's, with `.2` and so on for further outputs of `map`
    std::uint32_t attempt = 1;
};

/// What became of the messages of one call.
struct Delivery {
    Verdict verdict = Verdict::delivered;  ///< on all of them, but for the first `taken`
    std::size_t taken = 0;                 ///< so many were delivered whatever the verdict on the rest
    std::string result;                    ///< in a word: `exit 0`, `HTTP 503`, `No space left on device`
    std::string output;                    ///< what the other side said, for the run's record
    std::string errors;                    ///< what it said on its standard error
    std::optional<std::chrono::milliseconds> retry_after = std::nullopt;  ///< as the other side asks for
};

/// What one call was for, beside its messages.
struct Occasion {
    std::string_view pipeline;
    std::string_view run;  ///< names this call among all: a UUID
};

/// Thread rule: any thread, many at a time; a sink that has but one connection lets them wait for each other.
class Sink {
 public:
    virtual ~Sink() = default;

    /// Delivers the messages in their order. `delivered` means that the other side has taken responsibility.
    /// Returns within the sink's own limits of time, and soon when a stop is asked for: then `sink_down`, if
    /// nothing is known. Does not throw for what the other side does.
    virtual Delivery deliver(std::span<const Message> messages, const Occasion& occasion,
                             std::stop_token stop) = 0;

    /// How many messages a call takes when the pipeline has no `batch`.
    virtual std::size_t most_messages() const noexcept { return 1; }

    /// Whether a delivery may take the daemon with it, as a command on the same host may: then the event is
    /// on record while it runs.
    enum class Reach : std::uint8_t { away, host };
    virtual Reach reach() const noexcept { return Reach::away; }

    /// SIGHUP: what is open is opened anew at the next delivery. Any thread.
    virtual void reopen() {}
};

}  // namespace tocsin::daemon::pipeline
