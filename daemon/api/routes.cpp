// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/routes.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "common/core/error.hpp"
#include "daemon/api/handlers.hpp"
#include "daemon/api/request_drafts.hpp"

namespace tocsin::daemon::api {
namespace {

using core::Code;
using core::Error;

constexpr Parameter type_parameter{"type", "a type or a pattern; may be given more than once"};
constexpr Parameter source_parameter{"source", "only events of this source"};
constexpr Parameter after_parameter{"after", "a sequence; only what comes behind it"};
constexpr Parameter since_parameter{"since", "a sequence, an RFC 3339 time or 'beginning'; inclusive"};
constexpr Parameter until_parameter{"until", "a sequence or an RFC 3339 time; exclusive"};

constexpr std::array emit_parameters{
    Parameter{"default_type", "the type of events that carry none"},
    Parameter{"batch", "names events without an id BATCH-LINE, so that a repeated batch is stored once"},
    Parameter{"behind", "'spool' refuses (busy) while older events of this user wait in the spool"}};

constexpr std::array list_parameters{
    type_parameter,
    Parameter{"id", "only events with this id"},
    source_parameter,
    after_parameter,
    since_parameter,
    until_parameter,
    Parameter{"limit", "how many events at most, 1 to 1000; 100 unless given"},
    Parameter{"order", "'asc' or 'desc' by sequence"}};

constexpr std::array stream_parameters{
    type_parameter,
    source_parameter,
    after_parameter,
    since_parameter,
    until_parameter,
    Parameter{"last", "begin with the last N matching events of the log"},
    Parameter{"limit", "end after N events"},
    Parameter{"follow", "'true' waits for new events, 'false' ends at the head"}};

constexpr Parameter pipeline_parameter{"pipeline", "only of this pipeline"};
constexpr Parameter dead_since_parameter{"since", "only those given up at this RFC 3339 time or later"};
constexpr Parameter id_parameter{"id", "only this one; may be given more than once"};
constexpr Parameter all_parameter{"all", "'true' means every dead letter; without it a choice must be named"};

constexpr std::array skip_parameters{
    Parameter{"to", "a sequence or 'head': everything up to there; the first unsettled event unless given"}};
constexpr std::array runs_parameters{pipeline_parameter,
                                     Parameter{"limit", "how many at most, 1 to 1000; 100 unless given"}};
constexpr std::array dead_parameters{pipeline_parameter, dead_since_parameter, id_parameter,
                                     Parameter{"after", "an id; only those behind it"},
                                     Parameter{"limit", "how many at most, 1 to 1000; 100 unless given"}};
constexpr std::array dead_choice{pipeline_parameter, dead_since_parameter, id_parameter, all_parameter};

constexpr std::array emit_errors{Code::invalid, Code::denied, Code::conflict, Code::too_large,
                                 Code::unavailable};
constexpr std::array read_errors{Code::invalid, Code::denied};
constexpr std::array get_errors{Code::invalid, Code::denied, Code::not_found};
constexpr std::array report_errors{Code::denied};
constexpr std::array backup_errors{Code::denied, Code::unavailable, Code::internal};
constexpr std::array reload_errors{Code::invalid, Code::denied, Code::unavailable, Code::internal};
constexpr std::array change_errors{Code::invalid, Code::denied, Code::not_found, Code::unavailable};
constexpr std::array ready_errors{Code::unavailable};

constexpr std::string_view event_type = "application/cloudevents+json";
constexpr std::string_view json_type = "application/json";

const std::array route_table{
    Route{Method::post, "/v1/events", Scope::emit, emit_parameters,
          "application/cloudevents+json, application/cloudevents-batch+json, application/json, "
          "application/x-ndjson, or CloudEvents binary mode",
          json_type, emit_errors, "Stores events; answers with receipts after the commit.", &emit_events},
    Route{Method::get, "/v1/events", Scope::read, list_parameters, "", json_type, read_errors,
          "Reads a page of events.", &list_events},
    Route{Method::get, "/v1/events/stream", Scope::read, stream_parameters, "",
          "application/x-ndjson or text/event-stream", read_errors,
          "Reads events from any place on, then live ones, without a gap and without a duplicate.",
          &stream_events},
    Route{Method::get,
          "/v1/events/{sequence}",
          Scope::read,
          {},
          "",
          event_type,
          get_errors,
          "Reads one event.",
          &get_event},
    Route{Method::get,
          "/v1/types",
          Scope::read,
          {},
          "",
          json_type,
          report_errors,
          "Lists the types that the log holds, with their counts and places.",
          &list_types},
    Route{Method::get,
          "/v1/head",
          Scope::read,
          {},
          "",
          json_type,
          report_errors,
          "Tells the last sequence of the log, and the log's epoch.",
          &get_head},
    Route{Method::get,
          "/v1/status",
          Scope::read,
          {},
          "",
          json_type,
          report_errors,
          "Tells the state of the daemon, its store and its listeners.",
          &get_status},
    Route{Method::get,
          "/v1/backup",
          Scope::admin,
          {},
          "",
          "application/vnd.sqlite3",
          backup_errors,
          "Takes a backup of the log while it runs, and sends it: one SQLite database.",
          &get_backup},
    Route{Method::post,
          "/v1/reload",
          Scope::operate,
          {},
          "",
          json_type,
          reload_errors,
          "Reads the configuration anew and takes all of it, or nothing.",
          &reload},
    Route{Method::get,
          "/v1/log-level",
          Scope::read,
          {},
          "",
          json_type,
          report_errors,
          "Tells the log level.",
          &get_log_level},
    Route{Method::post,
          "/v1/log-level",
          Scope::operate,
          {},
          json_type,
          json_type,
          read_errors,
          "Sets the log level until a restart, or a reload that changes it.",
          &set_log_level},
    Route{Method::get,
          "/v1/pipelines",
          Scope::operate,
          {},
          "",
          json_type,
          report_errors,
          "Tells how each pipeline is.",
          &list_pipelines},
    Route{Method::get,
          "/v1/pipelines/{name}",
          Scope::operate,
          {},
          "",
          json_type,
          get_errors,
          "Tells how one pipeline is.",
          &get_pipeline},
    Route{Method::post,
          "/v1/pipelines/{name}/pause",
          Scope::operate,
          {},
          "",
          json_type,
          change_errors,
          "Lets a pipeline take up nothing new, until it is resumed.",
          &pause_pipeline},
    Route{Method::post,
          "/v1/pipelines/{name}/resume",
          Scope::operate,
          {},
          "",
          json_type,
          change_errors,
          "Lets a paused or disabled pipeline go on, and one whose sink is down try it at once.",
          &resume_pipeline},
    Route{Method::post, "/v1/pipelines/{name}/skip", Scope::operate, skip_parameters, "", json_type,
          change_errors, "Settles events of a pipeline without delivering them.", &skip_events},
    Route{Method::get, "/v1/runs", Scope::operate, runs_parameters, "", json_type, read_errors,
          "Lists the last runs of pipelines, the youngest first.", &list_runs},
    Route{Method::get,
          "/v1/runs/{id}",
          Scope::operate,
          {},
          "",
          json_type,
          get_errors,
          "Tells of one run, with what was printed.",
          &get_run},
    Route{Method::get, "/v1/dead", Scope::operate, dead_parameters, "", json_type, read_errors,
          "Lists dead letters, the oldest first.", &list_dead},
    Route{Method::get,
          "/v1/dead/{id}",
          Scope::operate,
          {},
          "",
          json_type,
          get_errors,
          "Tells of one dead letter.",
          &get_dead},
    Route{Method::post, "/v1/dead/retry", Scope::operate, dead_choice, "", json_type, change_errors,
          "Has dead letters delivered again; they stay until they are.", &retry_dead},
    Route{Method::post, "/v1/dead/drop", Scope::operate, dead_choice, "", json_type, change_errors,
          "Removes dead letters.", &drop_dead},
    Route{Method::get,
          "/healthz",
          Scope::none,
          {},
          "",
          json_type,
          {},
          "Answers while the daemon runs.",
          &get_health},
    Route{Method::get,
          "/readyz",
          Scope::none,
          {},
          "",
          json_type,
          ready_errors,
          "Answers 200 while the daemon takes events.",
          &get_ready},
    Route{Method::get,
          "/metrics",
          Scope::read,
          {},
          "",
          "text/plain (Prometheus), or application/json when accepted",
          report_errors,
          "Reads the metrics off.",
          &get_metrics},
};

/// The argument when the path fits the route's path.
std::optional<std::string> fit(std::string_view route_path, std::string_view path) {
    const std::size_t brace = route_path.find('{');
    if (brace == std::string_view::npos)
        return path == route_path ? std::optional(std::string()) : std::nullopt;
    const std::string_view behind = route_path.substr(route_path.find('}') + 1);
    if (!path.starts_with(route_path.substr(0, brace)) || !path.ends_with(behind)) return std::nullopt;
    if (path.size() < brace + behind.size()) return std::nullopt;
    const std::string_view argument = path.substr(brace, path.size() - brace - behind.size());
    if (argument.empty() || argument.find('/') != std::string_view::npos) return std::nullopt;
    return std::string(argument);
}

void note_refusal(const Error& error, const Route& route, const Context& context, const Request& request) {
    if (error.code() != Code::denied && error.reason() != core::Reason::rate) return;
    const std::string what = std::string(name_of(route.method)) + " " + std::string(route.path);
    context.audit.note(error, request.visit, request.principal.author, what, route.scope);
}

void check_parameters(const Route& route, const Request& request) {
    for (const auto& [name, value] : request.parameters.entries()) {
        const auto same_name = [&](const Parameter& parameter) { return parameter.name == name; };
        if (std::ranges::any_of(route.parameters, same_name)) continue;
        std::string known;
        for (const Parameter& parameter : route.parameters) {
            if (!known.empty()) known += ", ";
            known += parameter.name;
        }
        throw Error(Code::invalid, "unknown query parameter '" + name + "'",
                    known.empty() ? "this route takes none" : "this route takes " + known);
    }
}

}  // namespace

std::span<const Route> routes() noexcept { return route_table; }

Match match(std::string_view method, std::string_view path) {
    Match result;
    for (const Route& route : route_table) {
        const auto argument = fit(route.path, path);
        if (!argument) continue;
        if (name_of(route.method) == method) return {&route, *argument, {}};
        if (result.allowed_methods.find(name_of(route.method)) != std::string::npos) continue;
        if (!result.allowed_methods.empty()) result.allowed_methods += ", ";
        result.allowed_methods += name_of(route.method);
    }
    return result;
}

std::optional<Stream> run(const Route& route, const Context& context, const Request& request,
                          const Answer& answer) {
    try {
        request.principal.require(route.scope);
        check_parameters(route, request);
        if (const auto* streaming = std::get_if<Streaming>(&route.handler))
            return (*streaming)(context, request);
        if (const auto* immediate = std::get_if<Immediate>(&route.handler))
            answer((*immediate)(context, request));
        if (const auto* deferred = std::get_if<Deferred>(&route.handler))
            (*deferred)(context, request, answer);
    } catch (const UnsupportedMediaType& error) {
        answer(to_response(error, 415));
    } catch (const Error& error) {
        note_refusal(error, route, context, request);
        answer(to_response(error));
    } catch (const std::exception& error) {
        spdlog::error("{} {}: {}", name_of(route.method), route.path, error.what());
        answer(to_response(
            Error(Code::internal, "the request failed unexpectedly", "look into the daemon's log")));
    }
    return std::nullopt;
}

}  // namespace tocsin::daemon::api
