// SPDX-License-Identifier: Apache-2.0
// Replies about pipelines, their runs and their dead letters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/sequence.hpp"
#include "common/core/timestamp.hpp"

namespace tocsin::api {

/// One call of a sink.
struct RunReport {
    std::string id;
    std::string pipeline;
    core::Seq seq = 0;  ///< of the first event
    std::string event_id;
    std::uint32_t messages = 0;
    std::uint32_t attempt = 1;
    core::Timestamp started{};
    double seconds = 0;
    std::string verdict;
    std::string result;
    std::string output;  ///< only where one run is asked for, and so is `errors`
    std::string errors;
};

struct PipelineReport {
    std::string name;
    std::string state;
    std::string reason;  ///< of a state that is not running or idle
    std::optional<core::Timestamp> since;
    std::string sink;
    std::vector<std::string> from;
    core::Seq position = 0;
    core::Seq floor = 0;
    std::uint64_t lag_events = 0;
    double lag_seconds = 0;
    std::uint64_t matched = 0;
    std::uint64_t delivered = 0;
    std::uint64_t retried = 0;
    std::uint64_t dead = 0;
    std::uint64_t skipped = 0;
    std::uint64_t overrun = 0;
    std::uint64_t dead_letters = 0;
    std::uint64_t queued = 0;
    std::uint64_t aside = 0;
    std::uint64_t in_flight = 0;
    double per_second = 0;
    double next_probe_seconds = 0;
    std::string last_error;
    std::optional<core::Timestamp> last_error_time;
    std::optional<RunReport> last_run;
};

/// The event stays in the form in which it travels: CloudEvents' JSON.
struct DeadReport {
    std::uint64_t id = 0;
    std::string pipeline;
    std::uint32_t attempts = 0;
    core::Timestamp since{};
    core::Timestamp first_failed{};
    std::string first_result;
    core::Timestamp last_failed{};
    std::string last_result;
    std::string last_run;
    std::string output;  ///< of the last attempt
    std::string errors;
    std::string event;
};

struct SkipReport {
    core::SequenceRange range{};  ///< 0 to 0 when nothing was there to skip
    std::uint64_t count = 0;      ///< of events that were known to match
};

/// `{"pipelines":[…]}` and one alone.
std::string pipelines_json(const std::vector<PipelineReport>& pipelines);
std::string pipeline_json(const PipelineReport& pipeline);
std::vector<PipelineReport> parse_pipelines(std::string_view json);
PipelineReport parse_pipeline(std::string_view json);

/// `{"runs":[…]}` and one alone.
std::string runs_json(const std::vector<RunReport>& runs);
std::string run_json(const RunReport& run);
std::vector<RunReport> parse_runs(std::string_view json);
RunReport parse_run(std::string_view json);

/// `{"dead":[…]}` and one alone.
std::string dead_letters_json(const std::vector<DeadReport>& letters);
std::string dead_letter_json(const DeadReport& letter);
/// Without the event: whoever needs it takes it out as the text that it is.
DeadReport parse_dead_letter(std::string_view json);

/// `{"first":…,"last":…,"count":…}` and `{"count":…}`
std::string skip_json(const SkipReport& skip);
SkipReport parse_skip(std::string_view json);
std::string count_json(std::uint64_t count);
std::uint64_t parse_count(std::string_view json);

}  // namespace tocsin::api
