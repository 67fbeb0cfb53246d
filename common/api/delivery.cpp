// SPDX-License-Identifier: Apache-2.0
#include "common/api/delivery.hpp"

#include <nlohmann/json.hpp>

#include "common/api/problem.hpp"
#include "common/core/text.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::api {
namespace {

using core::Timestamp;
using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

template <class Read>
auto reading(std::string_view text, std::string_view what, Read&& read) {
    try {
        return read(Json::parse(text));
    } catch (const Json::exception& error) {
        throw not_understood(what, error.what());
    }
}

std::string text_in(const Json& json, const char* name) { return json.value(name, std::string()); }
std::uint64_t number_in(const Json& json, const char* name) { return json.value(name, std::uint64_t{0}); }

/// What a program printed may be anything: what is no text goes as `NAME_base64`.
void add_bytes(const std::string& name, const std::string& bytes, Json& json) {
    if (bytes.empty()) return;
    if (core::is_utf8(bytes)) {
        json[name] = bytes;
    } else {
        std::string text;
        event::append_base64(bytes, text);
        json[name + "_base64"] = std::move(text);
    }
}

std::string bytes_in(const Json& json, const std::string& name) {
    const auto bytes = event::decode_base64(text_in(json, (name + "_base64").c_str()));
    return bytes && !bytes->empty() ? *bytes : text_in(json, name.c_str());
}

core::Seq sequence_in(const Json& json, const char* name) {
    return core::parse_sequence(text_in(json, name)).value_or(0);
}

std::optional<Timestamp> time_in(const Json& json, const char* name) {
    return core::parse_rfc3339(text_in(json, name));
}

Json to_json(const RunReport& run) {
    Json json{{"id", run.id},
              {"pipeline", run.pipeline},
              {"sequence", core::to_text(run.seq)},
              {"event", run.event_id},
              {"messages", run.messages},
              {"attempt", run.attempt},
              {"started", core::to_rfc3339(run.started)},
              {"seconds", run.seconds},
              {"verdict", run.verdict},
              {"result", run.result}};
    add_bytes("output", run.output, json);
    add_bytes("errors", run.errors, json);
    return json;
}

RunReport read_run(const Json& json) {
    RunReport run;
    run.id = json.at("id");
    run.pipeline = text_in(json, "pipeline");
    run.seq = sequence_in(json, "sequence");
    run.event_id = text_in(json, "event");
    run.messages = static_cast<std::uint32_t>(number_in(json, "messages"));
    run.attempt = static_cast<std::uint32_t>(number_in(json, "attempt"));
    run.started = time_in(json, "started").value_or(Timestamp());
    run.seconds = json.value("seconds", 0.0);
    run.verdict = text_in(json, "verdict");
    run.result = text_in(json, "result");
    run.output = bytes_in(json, "output");
    run.errors = bytes_in(json, "errors");
    return run;
}

Json to_json(const PipelineReport& pipeline) {
    Json json{{"name", pipeline.name},
              {"state", pipeline.state},
              {"sink", pipeline.sink},
              {"from", pipeline.from},
              {"position", core::to_text(pipeline.position)},
              {"floor", core::to_text(pipeline.floor)},
              {"lag_events", pipeline.lag_events},
              {"lag_seconds", pipeline.lag_seconds},
              {"matched", pipeline.matched},
              {"delivered", pipeline.delivered},
              {"retried", pipeline.retried},
              {"dead", pipeline.dead},
              {"skipped", pipeline.skipped},
              {"overrun", pipeline.overrun},
              {"dead_letters", pipeline.dead_letters},
              {"queued", pipeline.queued},
              {"aside", pipeline.aside},
              {"in_flight", pipeline.in_flight},
              {"per_second", pipeline.per_second}};
    if (!pipeline.reason.empty()) json["reason"] = pipeline.reason;
    if (pipeline.since) json["since"] = core::to_rfc3339(*pipeline.since);
    if (pipeline.next_probe_seconds > 0) json["next_probe_seconds"] = pipeline.next_probe_seconds;
    if (pipeline.last_error_time)
        json["last_error"] = {{"time", core::to_rfc3339(*pipeline.last_error_time)},
                              {"message", pipeline.last_error}};
    if (pipeline.last_run) json["last_run"] = to_json(*pipeline.last_run);
    return json;
}

PipelineReport read_pipeline(const Json& json) {
    PipelineReport pipeline;
    pipeline.name = json.at("name");
    pipeline.state = json.at("state");
    pipeline.reason = text_in(json, "reason");
    pipeline.since = time_in(json, "since");
    pipeline.sink = text_in(json, "sink");
    pipeline.from = json.at("from").get<std::vector<std::string>>();
    pipeline.position = sequence_in(json, "position");
    pipeline.floor = sequence_in(json, "floor");
    pipeline.lag_events = number_in(json, "lag_events");
    pipeline.lag_seconds = json.value("lag_seconds", 0.0);
    pipeline.matched = number_in(json, "matched");
    pipeline.delivered = number_in(json, "delivered");
    pipeline.retried = number_in(json, "retried");
    pipeline.dead = number_in(json, "dead");
    pipeline.skipped = number_in(json, "skipped");
    pipeline.overrun = number_in(json, "overrun");
    pipeline.dead_letters = number_in(json, "dead_letters");
    pipeline.queued = number_in(json, "queued");
    pipeline.aside = number_in(json, "aside");
    pipeline.in_flight = number_in(json, "in_flight");
    pipeline.per_second = json.value("per_second", 0.0);
    pipeline.next_probe_seconds = json.value("next_probe_seconds", 0.0);
    if (const auto error = json.find("last_error"); error != json.end()) {
        pipeline.last_error = text_in(*error, "message");
        pipeline.last_error_time = time_in(*error, "time");
    }
    if (const auto run = json.find("last_run"); run != json.end()) pipeline.last_run = read_run(*run);
    return pipeline;
}

Json to_json(const DeadReport& letter) {
    Json json{{"id", letter.id},
              {"pipeline", letter.pipeline},
              {"attempts", letter.attempts},
              {"since", core::to_rfc3339(letter.since)},
              {"first_failed", core::to_rfc3339(letter.first_failed)},
              {"first_result", letter.first_result},
              {"last_failed", core::to_rfc3339(letter.last_failed)},
              {"last_result", letter.last_result}};
    if (!letter.last_run.empty()) json["last_run"] = letter.last_run;
    add_bytes("output", letter.output, json);
    add_bytes("errors", letter.errors, json);
    return json;
}

/// The event goes in as the text that it is: its numbers may be longer than any that a library keeps.
std::string dead_text(const DeadReport& letter) {
    std::string text = dump(to_json(letter));
    text.back() = ',';
    return text + "\"event\":" + letter.event + "}";
}

DeadReport read_dead(const Json& json) {
    DeadReport letter;
    letter.id = json.at("id");
    letter.pipeline = text_in(json, "pipeline");
    letter.attempts = static_cast<std::uint32_t>(number_in(json, "attempts"));
    letter.since = time_in(json, "since").value_or(Timestamp());
    letter.first_failed = time_in(json, "first_failed").value_or(Timestamp());
    letter.first_result = text_in(json, "first_result");
    letter.last_failed = time_in(json, "last_failed").value_or(Timestamp());
    letter.last_result = text_in(json, "last_result");
    letter.last_run = text_in(json, "last_run");
    letter.output = bytes_in(json, "output");
    letter.errors = bytes_in(json, "errors");
    return letter;
}

template <class Report, class Write>
std::string list_text(const char* name, const std::vector<Report>& reports, Write&& write) {
    std::string text = "{\"" + std::string(name) + "\":[";
    for (const Report& report : reports) {
        if (&report != reports.data()) text += ',';
        text += write(report);
    }
    return text + "]}";
}

template <class Report>
std::vector<Report> read_list(std::string_view text, const char* name, Report (*read)(const Json&)) {
    return reading(text, name, [&](const Json& json) {
        std::vector<Report> reports;
        for (const Json& one : json.at(name)) reports.push_back(read(one));
        return reports;
    });
}

}  // namespace

std::string pipelines_json(const std::vector<PipelineReport>& pipelines) {
    return list_text("pipelines", pipelines, pipeline_json);
}
std::string pipeline_json(const PipelineReport& pipeline) { return dump(to_json(pipeline)); }
std::vector<PipelineReport> parse_pipelines(std::string_view json) {
    return read_list(json, "pipelines", read_pipeline);
}
PipelineReport parse_pipeline(std::string_view json) { return reading(json, "pipeline", read_pipeline); }

std::string runs_json(const std::vector<RunReport>& runs) { return list_text("runs", runs, run_json); }
std::string run_json(const RunReport& run) { return dump(to_json(run)); }
std::vector<RunReport> parse_runs(std::string_view json) { return read_list(json, "runs", read_run); }
RunReport parse_run(std::string_view json) { return reading(json, "run", read_run); }

std::string dead_letters_json(const std::vector<DeadReport>& letters) {
    return list_text("dead", letters, dead_text);
}
std::string dead_letter_json(const DeadReport& letter) { return dead_text(letter); }
DeadReport parse_dead_letter(std::string_view json) { return reading(json, "dead letter", read_dead); }

std::string skip_json(const SkipReport& skip) {
    return dump({{"first", core::to_text(skip.range.first)},
                 {"last", core::to_text(skip.range.last)},
                 {"count", skip.count}});
}

SkipReport parse_skip(std::string_view text) {
    return reading(text, "skip", [](const Json& json) {
        return SkipReport{{sequence_in(json, "first"), sequence_in(json, "last")}, number_in(json, "count")};
    });
}

std::string count_json(std::uint64_t count) { return dump({{"count", count}}); }

std::uint64_t parse_count(std::string_view text) {
    return reading(text, "count", [](const Json& json) { return json.at("count").get<std::uint64_t>(); });
}

}  // namespace tocsin::api
