// SPDX-License-Identifier: Apache-2.0
// An event that a pipeline has given up, with all that is known of why; and one call of a sink on record.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/core/sequence.hpp"
#include "common/core/timestamp.hpp"
#include "common/event/event.hpp"

namespace tocsin::daemon::pipeline {

using DeadId = std::uint64_t;  ///< from 1

/// One failed attempt.
struct Failure {
    core::Timestamp time{};
    std::string result;  ///< in a word: `exit 1`, `HTTP 404`, `where: null cannot be parsed as a number`
    std::string output;  ///< what the other side said
    std::string errors;  ///< and on its standard error
    std::string run;     ///< the run that failed; empty when it did not come to one
};

struct DeadLetter {
    DeadId id = 0;  ///< the store gives it
    std::string pipeline;
    core::Seq seq = 0;
    std::optional<event::Event> event{};  ///< nothing: as the store has it
    std::uint32_t attempts = 0;
    core::Timestamp since{};  ///< when it was given up
    core::Timestamp first_failed{};
    std::string first_result;
    Failure last;
};

/// One call of a sink.
struct Run {
    std::string id;  ///< a UUID, TOCSIN_RUN of a command
    std::string pipeline;
    core::Seq seq = 0;  ///< of the first event
    std::string event_id;
    std::uint32_t messages = 0;
    std::uint32_t attempt = 1;
    core::Timestamp started{};
    std::chrono::microseconds duration{0};
    std::string verdict;  ///< `delivered`, `retry`, `dead`, `sink_down` or `gone`
    std::string result;
    std::string output;
    std::string errors;
};

}  // namespace tocsin::daemon::pipeline
