// SPDX-License-Identifier: Apache-2.0
// What concerns pipelines: how they are, their runs, their dead letters.
#include <utility>

#include "common/api/delivery.hpp"
#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "common/event/json_text.hpp"
#include "daemon/api/handlers.hpp"
#include "daemon/pipeline/pipelines.hpp"

namespace tocsin::daemon::api {
namespace {

using core::Code;
using core::Error;
using tocsin::api::DeadReport;
using tocsin::api::PipelineReport;
using tocsin::api::RunReport;

constexpr std::size_t default_page = 100;

double seconds_of(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

Response json_response(std::string body) { return {200, "application/json", std::move(body), {}}; }

RunReport report_of(const pipeline::Run& run) {
    return {.id = run.id,
            .pipeline = run.pipeline,
            .seq = run.seq,
            .event_id = run.event_id,
            .messages = run.messages,
            .attempt = run.attempt,
            .started = run.started,
            .seconds = seconds_of(run.duration),
            .verdict = run.verdict,
            .result = run.result,
            .output = run.output,
            .errors = run.errors};
}

std::optional<core::Timestamp> if_set(core::Timestamp time) {
    return time == core::Timestamp{} ? std::nullopt : std::optional(time);
}

PipelineReport report_of(const pipeline::Status& status) {
    PipelineReport report{.name = status.name,
                          .state = std::string(name_of(status.state)),
                          .reason = status.reason,
                          .since = if_set(status.since),
                          .sink = status.sink,
                          .from = status.from,
                          .position = status.position,
                          .floor = status.floor,
                          .lag_events = status.lag_events,
                          .lag_seconds = seconds_of(status.lag),
                          .matched = status.matched,
                          .delivered = status.totals.delivered,
                          .retried = status.totals.retried,
                          .dead = status.totals.dead,
                          .skipped = status.totals.skipped,
                          .overrun = status.overrun,
                          .dead_letters = status.dead_letters,
                          .queued = status.queued,
                          .aside = status.aside,
                          .in_flight = status.in_flight,
                          .per_second = status.per_second,
                          .next_probe_seconds = seconds_of(status.next_probe),
                          .last_error = status.last_error,
                          .last_error_time = if_set(status.last_error_time),
                          .last_run = std::nullopt};
    if (status.last_run) report.last_run = report_of(*status.last_run);
    return report;
}

DeadReport report_of(const pipeline::DeadLetter& letter) {
    DeadReport report{.id = letter.id,
                      .pipeline = letter.pipeline,
                      .attempts = letter.attempts,
                      .since = letter.since,
                      .first_failed = letter.first_failed,
                      .first_result = letter.first_result,
                      .last_failed = letter.last.time,
                      .last_result = letter.last.result,
                      .last_run = letter.last.run,
                      .output = letter.last.output,
                      .errors = letter.last.errors,
                      .event = {}};
    if (letter.event) event::append_json(*letter.event, report.event);
    return report;
}

std::uint64_t read_number(const std::string& name, const std::string& text, std::uint64_t most) {
    const auto number = core::parse_number<std::uint64_t>(text);
    if (number && *number > 0 && *number <= most) return *number;
    throw Error(Code::invalid, name + " '" + text + "' is not a number in its range",
                "write 1 to " + std::to_string(most));
}

std::size_t read_limit(const Request& request) {
    const auto text = request.parameters.one("limit");
    return text ? read_number("limit", *text, 1000) : default_page;
}

pipeline::DeadQuery read_query(const Request& request) {
    pipeline::DeadQuery query;
    query.pipeline = request.parameters.one("pipeline").value_or("");
    if (const auto since = request.parameters.one("since")) {
        query.since = core::parse_rfc3339(*since);
        if (!query.since)
            throw Error(Code::invalid, "since '" + *since + "' is no time",
                        "write RFC 3339 as in 2026-01-31T12:00:00Z");
    }
    for (const std::string& id : request.parameters.all("id"))
        query.ids.push_back(read_number("id", id, core::max_sequence));
    return query;
}

/// What may go wrong for very many needs to be said in so many words.
pipeline::DeadQuery read_choice_of_dead(const Request& request) {
    pipeline::DeadQuery query = read_query(request);
    const bool is_chosen = !query.pipeline.empty() || query.since || !query.ids.empty();
    if (is_chosen != (request.parameters.one("all") == "true")) return query;
    throw Error(Code::invalid, is_chosen ? "'all' does not go with a choice" : "no dead letter is named",
                "name ids, pipeline or since, or write all=true");
}

/// The reply after the commit: how the pipeline is then.
pipeline::Pipeline::Done answer_with_state(const Context& context, const Request& request,
                                           const Answer& answer) {
    return [answer, name = request.path_argument, &pipelines = context.pipelines](const auto& error) {
        if (error) return answer(to_response(*error));
        try {
            answer(json_response(tocsin::api::pipeline_json(report_of(pipelines.status(name)))));
        } catch (const Error& gone) {
            answer(to_response(gone));
        }
    };
}

}  // namespace

Response list_pipelines(const Context& context, const Request&) {
    std::vector<PipelineReport> reports;
    for (const pipeline::Status& status : context.pipelines.status()) reports.push_back(report_of(status));
    return json_response(tocsin::api::pipelines_json(reports));
}

Response get_pipeline(const Context& context, const Request& request) {
    return json_response(
        tocsin::api::pipeline_json(report_of(context.pipelines.status(request.path_argument))));
}

void pause_pipeline(const Context& context, const Request& request, const Answer& answer) {
    context.pipelines.pause(request.path_argument, "by " + request.principal.author.name,
                            answer_with_state(context, request, answer));
}

void resume_pipeline(const Context& context, const Request& request, const Answer& answer) {
    context.pipelines.resume(request.path_argument, answer_with_state(context, request, answer));
}

void skip_events(const Context& context, const Request& request, const Answer& answer) {
    std::optional<core::Seq> to;
    if (const auto text = request.parameters.one("to")) {
        to = *text == "head" ? core::max_sequence : core::parse_sequence(*text);
        if (!to)
            throw Error(Code::invalid, "to '" + *text + "' is no sequence",
                        "write 1 to 16 digits, or 'head'");
    }
    context.pipelines.skip(request.path_argument, to,
                           [answer](const pipeline::Skipped& skipped, const std::optional<Error>& error) {
                               if (error) return answer(to_response(*error));
                               answer(json_response(tocsin::api::skip_json({skipped.range, skipped.count})));
                           });
}

Response list_runs(const Context& context, const Request& request) {
    std::vector<RunReport> reports;
    const std::string pipeline = request.parameters.one("pipeline").value_or("");
    for (const pipeline::Run& run : context.pipelines.store().runs(pipeline, read_limit(request)))
        reports.push_back(report_of(run));
    return json_response(tocsin::api::runs_json(reports));
}

Response get_run(const Context& context, const Request& request) {
    const auto run = context.pipelines.store().run(request.path_argument);
    if (!run)
        throw Error(Code::not_found, "there is no run " + request.path_argument,
                    "the last 1,000 of each pipeline are kept: see 'tocsin runs list'");
    return json_response(tocsin::api::run_json(report_of(*run)));
}

Response list_dead(const Context& context, const Request& request) {
    pipeline::DeadQuery query = read_query(request);
    query.limit = read_limit(request);
    if (const auto after = request.parameters.one("after"))
        query.after = read_number("after", *after, core::max_sequence);
    std::vector<DeadReport> reports;
    for (const pipeline::DeadLetter& letter : context.pipelines.store().dead_letters(query))
        reports.push_back(report_of(letter));
    return json_response(tocsin::api::dead_letters_json(reports));
}

Response get_dead(const Context& context, const Request& request) {
    pipeline::DeadQuery query;
    query.ids.push_back(read_number("id", request.path_argument, core::max_sequence));
    const auto letters = context.pipelines.store().dead_letters(query);
    if (letters.empty())
        throw Error(Code::not_found, "there is no dead letter " + request.path_argument,
                    "see 'tocsin dead list' for those that there are");
    return json_response(tocsin::api::dead_letter_json(report_of(letters.front())));
}

Response retry_dead(const Context& context, const Request& request) {
    return json_response(tocsin::api::count_json(context.pipelines.redeliver(read_choice_of_dead(request))));
}

Response drop_dead(const Context& context, const Request& request) {
    return json_response(tocsin::api::count_json(context.pipelines.drop(read_choice_of_dead(request))));
}

}  // namespace tocsin::daemon::api
