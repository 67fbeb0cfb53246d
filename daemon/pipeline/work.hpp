// SPDX-License-Identifier: Apache-2.0
// An event on its way through a pipeline.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/clock.hpp"
#include "common/event/event.hpp"
#include "daemon/pipeline/dead_letter.hpp"
#include "daemon/pipeline/progress.hpp"
#include "daemon/pipeline/retry.hpp"

namespace tocsin::daemon::pipeline {

/// Both clocks at one moment.
struct Now {
    core::Timestamp wall;
    core::SteadyTime steady;
};

/// Two events are the same work when `seq` and `letter` agree: a dead letter may be tried again while its
/// event is still in the log.
struct WorkId {
    Seq seq = 0;
    DeadId letter = 0;  ///< 0: from the log
    friend auto operator<=>(const WorkId&, const WorkId&) = default;
};

struct Work {
    WorkId id;
    std::optional<event::Event> event;  ///< nothing: to be read again before the next attempt
    std::string json;                   ///< the event in CloudEvents' JSON
    std::string key;                    ///< of `order_by`
    core::Timestamp recorded{};
    std::uint32_t attempts = 0;
    std::uint32_t deaths = 0;
    std::size_t messages_done = 0;    ///< of `map`'s, delivered at an earlier attempt
    core::Timestamp first_attempt{};  ///< 1970 for never
    core::SteadyTime queued{};
    core::SteadyTime due{};  ///< of the next attempt, once it is aside
    Failure first_failure;   ///< empty until there is one

    bool was_tried() const noexcept { return first_attempt != core::Timestamp{}; }
    Aside aside() const { return {id.seq, attempts, deaths, first_attempt}; }
    void forget_event() {
        event.reset();
        json.clear();
        json.shrink_to_fit();
    }
};

/// The work that an event is, with its JSON.
Work to_work(event::Event event, std::string json);
Work to_work(event::Event event);

/// That an expression failed.
Failure failure_of(std::string_view stage, const std::string& error, core::Timestamp time);

/// What one attempt came to, for one event.
struct Result {
    enum class By : std::uint8_t {
        sink,
        expression,
        retention,  ///< the event is gone
        nobody,     ///< it was not tried
    };
    By by = By::sink;
    Verdict verdict = Verdict::delivered;
    Failure failure;  ///< of a verdict that is none of success
    std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
};

}  // namespace tocsin::daemon::pipeline
