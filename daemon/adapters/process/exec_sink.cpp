// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/process/exec_sink.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/exit_status.hpp"
#include "common/core/sequence.hpp"
#include "common/core/timestamp.hpp"
#include "common/event/trace_context.hpp"
#include "daemon/adapters/process/command.hpp"

namespace tocsin::daemon::process {
namespace {

using core::Code;
using core::Error;
using core::ExitStatus;
using pipeline::Delivery;
using pipeline::Message;
using pipeline::Verdict;

constexpr std::string_view default_path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_variable_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && (name.front() < '0' || name.front() > '9') &&
           std::ranges::all_of(name, is_allowed);
}

/// What is the same for every event.
std::vector<std::string> base_of(const ExecOptions& options) {
    std::vector<std::string> variables = options.env;
    if (!options.bus.empty()) variables.push_back("TOCSIN_SOCKET=" + options.bus);
    if (std::ranges::none_of(options.env, [](const std::string& one) { return one.starts_with("PATH="); }))
        variables.emplace_back(default_path);
    return variables;
}

void add(std::vector<std::string>& environment, std::string_view name, const std::string& value) {
    const bool fits = value.size() <= ExecSink::longest_value && value.find('\0') == std::string::npos;
    if (fits) environment.push_back(std::string(name) + "=" + value);
}

void add(std::vector<std::string>& environment, std::string_view name,
         const std::optional<std::string>& value) {
    if (value) add(environment, name, *value);
}

/// `9 (KILL)`
std::string signal_text(int number) {
    const char* name = sigabbrev_np(number);
    return std::to_string(number) + (name != nullptr ? " (" + std::string(name) + ")" : "");
}

std::string result_of(const Ended& ended, const ExecOptions& options) {
    switch (ended.how) {
        case Ended::How::exited: return "exit " + std::to_string(ended.code);
        case Ended::How::signalled: return "signal " + signal_text(ended.code);
        case Ended::How::timed_out: return "timeout after " + core::duration_text(options.timeout);
        case Ended::How::stopped: return "stopped";
        case Ended::How::not_started: break;
    }
    return "can't start " + options.argv.front() + ": " + std::generic_category().message(ended.code);
}

Verdict verdict_of(const Ended& ended) {
    if (ended.how == Ended::How::not_started || ended.how == Ended::How::stopped) return Verdict::sink_down;
    if (ended.how != Ended::How::exited) return Verdict::retry;
    switch (static_cast<ExitStatus>(ended.code)) {
        case ExitStatus::ok: return Verdict::delivered;
        case ExitStatus::data: return Verdict::dead;
        case ExitStatus::try_again: return Verdict::sink_down;
        default: return Verdict::retry;
    }
}

}  // namespace

void check_variable(std::string_view name) {
    if (!is_variable_name(name))
        throw Error(Code::invalid, "'" + std::string(name) + "' is no name of a variable",
                    "use letters, digits and _, and no digit in front");
    if (name.starts_with("CE_") || name.starts_with("TOCSIN_") || name == "TRACEPARENT")
        throw Error(Code::invalid, "the variable '" + std::string(name) + "' is set for each event",
                    "choose a name that is not TRACEPARENT and begins with neither CE_ nor TOCSIN_");
}

ExecSink::ExecSink(ExecOptions options, Children& children)
    : options_(std::move(options)), base_(base_of(options_)), children_(children) {}

Delivery ExecSink::deliver(std::span<const Message> messages, const pipeline::Occasion& occasion,
                           std::stop_token stop) {
    if (stop.stop_requested())
        return {.verdict = Verdict::sink_down, .result = "stopped", .output = {}, .errors = {}};
    std::string input;
    for (const Message& message : messages) (input += message.body) += '\n';
    const Command command{.argv = options_.argv,
                          .environment = environment_for(messages, occasion),
                          .folder = options_.cwd,
                          .timeout = options_.timeout};
    Ended ended = run(command, occasion.run, input, children_, stop);
    return {.verdict = verdict_of(ended),
            .result = result_of(ended, options_),
            .output = std::move(ended.out),
            .errors = std::move(ended.err)};
}

std::vector<std::string> ExecSink::environment_for(std::span<const Message> messages,
                                                   const pipeline::Occasion& occasion) const {
    std::vector<std::string> environment = base_;
    const Message& first = messages.front();
    const event::Event& event = *first.event;
    add(environment, "CE_TYPE", event.type.name());
    add(environment, "CE_ID", event.id);
    add(environment, "CE_SOURCE", event.source);
    add(environment, "CE_SUBJECT", event.attributes.find("subject"));
    const auto time = event.attributes.find("time");
    add(environment, "CE_TIME", time ? *time : core::to_rfc3339(event.recorded));
    const auto trace = event.attributes.find("traceparent");
    if (trace && event::is_traceparent(*trace)) add(environment, "TRACEPARENT", trace);
    add(environment, "TOCSIN_SEQUENCE", core::to_text(event.seq));
    add(environment, "TOCSIN_ATTEMPT", std::to_string(first.attempt));
    add(environment, "TOCSIN_PIPELINE", std::string(occasion.pipeline));
    add(environment, "TOCSIN_RUN", std::string(occasion.run));
    add(environment, "TOCSIN_MESSAGES", std::to_string(messages.size()));
    return environment;
}

}  // namespace tocsin::daemon::process
