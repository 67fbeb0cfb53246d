// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/commands/actions.hpp"
#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/pipeline_path.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/connection/target.hpp"
#include "cli/output/local_time.hpp"
#include "cli/output/table.hpp"
#include "common/api/delivery.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::commands {
namespace {

using connection::Connection;
using core::ExitStatus;
using output::Align;
using output::Console;
using output::Form;
using output::grouped;

constexpr Synopsis synopsis{"[list | show NAME | pause NAME … | resume NAME … | skip NAME]",
                            "Tell how pipelines are, and operate them.",
                            R"(list    a line for each pipeline; this is what is done when nothing is named
show    all that is known of one: why it is down, its last error, its last run
pause   it takes up nothing new until it is resumed, also after a restart; what is in delivery ends
resume  it goes on; a disabled one is enabled again, one whose sink is down tries it at once
skip    settle events without delivering them: the first that waits, or all up to --to

Examples:
  tocsin pipeline
  tocsin pipeline show big-orders
  tocsin pipeline pause big-orders audit
  tocsin pipeline skip big-orders             # the event that blocks it
  tocsin pipeline skip big-orders --to head   # all that waits
)"};

struct Asked {
    std::vector<std::string> names;
    std::optional<std::string> to;
    Form form = Form::human;
};

std::string span_of(double seconds) { return output::span_text(static_cast<unsigned long long>(seconds)); }

std::string rate_of(const api::PipelineReport& pipeline) {
    return output::decimal_text(pipeline.per_second, 2) + "/s";
}

void list(Connection& connection, const Asked& asked, Console& console) {
    const std::string body = fetch(connection, "/v1/pipelines");
    if (asked.form == Form::json) return console.out().line(body);
    output::Table table({{"NAME"},
                         {"STATE"},
                         {"LAG", Align::right},
                         {"BEHIND", Align::right},
                         {"DELIVERED", Align::right},
                         {"DEAD", Align::right},
                         {"RATE", Align::right},
                         {"SINK"}});
    for (const api::PipelineReport& pipeline : api::parse_pipelines(body))
        table.add({pipeline.name, pipeline.state, grouped(pipeline.lag_events), span_of(pipeline.lag_seconds),
                   grouped(pipeline.delivered), grouped(pipeline.dead_letters), rate_of(pipeline),
                   pipeline.sink});
    console.out().write(table.text(console.paint()));
}

void add_state(const api::PipelineReport& pipeline, output::Table& table) {
    table.add({"state", pipeline.state + (pipeline.reason.empty() ? "" : ": " + pipeline.reason)});
    if (pipeline.since) table.add({"since", output::local_time(*pipeline.since)});
    if (pipeline.next_probe_seconds > 0)
        table.add({"next try", "in " + span_of(pipeline.next_probe_seconds + 1)});
}

void add_place(const api::PipelineReport& pipeline, output::Table& table) {
    std::string lag = grouped(pipeline.lag_events) + " events of the log";
    if (pipeline.lag_seconds > 0)
        lag += "; the oldest that waits came " + span_of(pipeline.lag_seconds) + " ago";
    table.add({"lag", lag});
    table.add({"read up to", std::to_string(pipeline.position)});
    table.add({"settled up to", std::to_string(pipeline.floor - std::min<core::Seq>(pipeline.floor, 1))});
    table.add({"in work", grouped(pipeline.in_flight) + " in delivery, " + grouped(pipeline.queued) +
                              " queued, " + grouped(pipeline.aside) + " aside until their next attempt"});
}

void add_counts(const api::PipelineReport& pipeline, output::Table& table) {
    table.add({"matched", grouped(pipeline.matched) + " since the daemon or the pipeline began"});
    table.add({"delivered", grouped(pipeline.delivered) + ", " + rate_of(pipeline) + " in the last minute"});
    table.add({"tried again", grouped(pipeline.retried) + " attempts"});
    table.add({"given up",
               grouped(pipeline.dead) + "; " + grouped(pipeline.dead_letters) + " dead letters are kept"});
    table.add({"skipped", grouped(pipeline.skipped)});
    if (pipeline.overrun > 0)
        table.add({"overrun", grouped(pipeline.overrun) + " events that retention took unseen"});
}

void add_last(const api::PipelineReport& pipeline, output::Table& table) {
    if (pipeline.last_error_time)
        table.add({"last error", output::local_time(*pipeline.last_error_time) + "  " + pipeline.last_error});
    if (!pipeline.last_run) return;
    const api::RunReport& run = *pipeline.last_run;
    table.add({"last run", output::local_time(run.started) + "  " + run.result + " after " +
                               output::decimal_text(run.seconds, 3) + " s"});
    table.add({"", "sequence " + std::to_string(run.seq) + ", attempt " + std::to_string(run.attempt) + ", " +
                       run.id});
}

void show(Connection& connection, const Asked& asked, Console& console) {
    const std::string body = fetch(connection, pipeline_path(asked.names.front()));
    if (asked.form == Form::json) return console.out().line(body);
    const api::PipelineReport pipeline = api::parse_pipeline(body);
    output::Table table({{""}, {""}});
    table.add({"name", pipeline.name});
    add_state(pipeline, table);
    table.add({"from", core::joined(pipeline.from)});
    table.add({"sink", pipeline.sink});
    add_place(pipeline, table);
    add_counts(pipeline, table);
    add_last(pipeline, table);
    console.out().write(table.text(console.paint()));
}

void change_each(Connection& connection, const Asked& asked, std::string_view action, Console& console) {
    for (const std::string& name : asked.names) {
        const std::string body = post(connection, pipeline_path(name, action));
        if (asked.form == Form::json) {
            console.out().line(body);
        } else if (console.out().is_terminal()) {
            console.out().line(name + " is " + api::parse_pipeline(body).state);
        }
    }
}

void pause(Connection& connection, const Asked& asked, Console& console) {
    change_each(connection, asked, "pause", console);
}

void resume(Connection& connection, const Asked& asked, Console& console) {
    change_each(connection, asked, "resume", console);
}

std::string sentence(const api::SkipReport& skipped) {
    if (skipped.range.last == 0) return "nothing to skip";
    return "skipped " + grouped(skipped.count) + (skipped.count == 1 ? " event" : " events") +
           " that had matched: " + output::range_text(skipped.range) + " of the log";
}

void skip(Connection& connection, const Asked& asked, Console& console) {
    connection::Target target(pipeline_path(asked.names.front(), "skip"));
    if (asked.to) {
        if (*asked.to != "head" && !core::parse_sequence(*asked.to))
            throw usage_error("pipeline", "--to '" + *asked.to + "' is no sequence, and not 'head'");
        target.with("to", *asked.to);
    }
    const std::string body = post(connection, target.text());
    console.out().line(asked.form == Form::json ? body : sentence(api::parse_skip(body)));
}

constexpr std::string_view a_name = "the name of a pipeline";
constexpr std::array actions{
    Action<Asked>{{"list", Takes::none, {}, {}}, list},
    Action<Asked>{{"show", Takes::one, a_name, {}}, show},
    Action<Asked>{{"pause", Takes::some, a_name, {}}, pause},
    Action<Asked>{{"resume", Takes::some, a_name, {}}, resume},
    Action<Asked>{{"skip", Takes::one, a_name, "--to"}, skip},
};

}  // namespace

ExitStatus pipeline(const Call& call, Console& console) {
    Asked asked;
    Options options(call, synopsis);
    options.text("--to", "SEQUENCE", asked.to, "With skip: everything up to there; head is all that there is")
        .json(asked.form, "Print the daemon's answer as JSON");
    auto words = options.read(console);
    if (!words) return ExitStatus::ok;
    asked.names = *std::move(words);
    const std::array uses{OptionUse{"--to", asked.to.has_value()}};
    const Action<Asked>& action = take_action("pipeline", actions, asked.names, uses);
    Connection connection(options.socket());
    action.run(connection, asked, console);
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
