// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/actions.hpp"
#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/pipeline_path.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/connection/target.hpp"
#include "cli/output/local_time.hpp"
#include "cli/output/table.hpp"
#include "common/api/delivery.hpp"

namespace tocsin::cli::commands {
namespace {

using connection::Connection;
using core::ExitStatus;
using output::Align;
using output::Console;
using output::Form;

constexpr Synopsis synopsis{
    "[list | show ID]", "Look at the last deliveries of pipelines, and at what commands have printed.",
    R"(list    a line for each run, the youngest first; this is what is done when nothing is named
show    all that is known of one, with its standard output and standard error

The last 1,000 runs of each pipeline are kept. A command finds its run's id in TOCSIN_RUN.

Examples:
  tocsin runs
  tocsin runs list --pipeline big-orders --limit 20
  tocsin runs show 0199c0de-5eed-7000-8000-1a2b3c4d5e6f
)"};

constexpr std::uint64_t most_runs = 1000;  // that the daemon lists at once

struct Asked {
    std::vector<std::string> ids;
    std::optional<std::string> pipeline;
    std::optional<std::uint64_t> limit;
    Form form = Form::human;
};

std::string seconds_of(const api::RunReport& run) { return output::decimal_text(run.seconds, 3); }

output::Table table_of(const std::vector<api::RunReport>& runs) {
    output::Table table({{"STARTED"},
                         {"PIPELINE"},
                         {"RESULT"},
                         {"SECONDS", Align::right},
                         {"ATTEMPT", Align::right},
                         {"SEQUENCE", Align::right},
                         {"ID"}});
    for (const api::RunReport& run : runs)
        table.add({output::local_time(run.started), run.pipeline, run.result, seconds_of(run),
                   std::to_string(run.attempt), std::to_string(run.seq), run.id});
    return table;
}

void list(Connection& connection, const Asked& asked, Console& console) {
    if (asked.limit && (*asked.limit == 0 || *asked.limit > most_runs))
        throw usage_error("runs", "--limit is not 1 to " + std::to_string(most_runs));
    connection::Target target("/v1/runs");
    if (asked.pipeline) target.with("pipeline", *asked.pipeline);
    if (asked.limit) target.with("limit", std::to_string(*asked.limit));
    const std::string body = fetch(connection, target.text());
    const std::vector<api::RunReport> runs = api::parse_runs(body);
    if (runs.empty() && asked.pipeline) expect_pipeline(connection, *asked.pipeline);
    if (asked.form == Form::json) return console.out().line(body);
    console.out().write(table_of(runs).text(console.paint()));
}

void show(Connection& connection, const Asked& asked, Console& console) {
    std::string path = "/v1/runs/";
    connection::append_percent_encoded(asked.ids.front(), path);
    const std::string body = fetch(connection, path);
    if (asked.form == Form::json) return console.out().line(body);
    const api::RunReport run = api::parse_run(body);
    output::Table table({{""}, {""}});
    table.add({"id", run.id});
    table.add({"pipeline", run.pipeline});
    table.add({"started", output::local_time(run.started)});
    table.add({"result", run.result + " after " + seconds_of(run) + " s"});
    table.add({"verdict", run.verdict});
    table.add({"attempt", std::to_string(run.attempt)});
    table.add({"events", std::to_string(run.messages)});
    table.add({"sequence", std::to_string(run.seq)});
    table.add({"event", run.event_id});
    console.out().write(table.text(console.paint()));
    console.section("standard output", run.output);
    console.section("standard error", run.errors);
}

constexpr std::array actions{
    Action<Asked>{{"list", Takes::none, {}, "--pipeline --limit"}, list},
    Action<Asked>{{"show", Takes::one, "the id of a run", {}}, show},
};

}  // namespace

ExitStatus runs(const Call& call, Console& console) {
    Asked asked;
    Options options(call, synopsis);
    options.text("--pipeline", "NAME", asked.pipeline, "Only runs of this pipeline")
        .number("--limit", asked.limit, "At most N, up to 1000 [default: 100]")
        .json(asked.form, "Print the daemon's answer as JSON");
    auto words = options.read(console);
    if (!words) return ExitStatus::ok;
    asked.ids = *std::move(words);
    const std::array uses{OptionUse{"--pipeline", asked.pipeline.has_value()},
                          OptionUse{"--limit", asked.limit.has_value()}};
    const Action<Asked>& action = take_action("runs", actions, asked.ids, uses);
    Connection connection(options.socket());
    action.run(connection, asked, console);
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
