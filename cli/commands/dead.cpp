// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/commands/actions.hpp"
#include "cli/commands/client.hpp"
#include "cli/commands/dead_letters.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/pipeline_path.hpp"
#include "cli/commands/time_argument.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/connection/target.hpp"
#include "cli/output/event_text.hpp"
#include "cli/output/local_time.hpp"
#include "cli/output/table.hpp"
#include "common/core/clock.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::commands {
namespace {

using connection::Connection;
using core::Code;
using core::ExitStatus;
using output::Align;
using output::Console;
using output::Form;
using output::grouped;

constexpr Synopsis synopsis{
    "[list | show ID | retry [ID …] | drop [ID …]]",
    "Look at the events that pipelines have given up, and have them delivered again.",
    R"(list    a line for each dead letter, the oldest first; this is what is done when nothing is named
show    all that is known of one: its attempts, what the last one printed, the event
retry   have dead letters delivered again; each stays until it is delivered
drop    remove dead letters

retry and drop take ids, --pipeline, --since or --all. Ids of which some are there no more end with 66.
With --json list prints the events themselves, as lines that tocsin emit --ndjson takes: without what the daemon
sets, and with the attributes deadid, deadpipeline, deadattempts, deadresult and deadtime.

Examples:
  tocsin dead
  tocsin dead show 7
  tocsin dead retry --pipeline big-orders --since 1h
  tocsin dead list --json > dead.ndjson && jq -r .deadid dead.ndjson | xargs tocsin dead drop
)"};

constexpr std::size_t ids_a_request = 200;

struct Asked {
    std::vector<std::string> ids;
    DeadChoice choice;
    std::optional<std::uint64_t> limit;
    bool all = false;
    Form form = Form::human;
};

std::uint64_t parse_id(const std::string& word) {
    const auto id = core::parse_sequence(word);
    if (!id || *id == 0) throw usage_error("dead", "'" + word + "' is no id of a dead letter");
    return *id;
}

/// Both give how many there were.
std::uint64_t print_lines(Connection& connection, const Asked& asked, Console& console) {
    return for_each_dead_letter(connection, asked.choice, asked.limit, [&](const api::DeadReport& letter) {
        console.out().line(draft_line(letter));
    });
}

std::uint64_t print_table(Connection& connection, const Asked& asked, Console& console) {
    output::Table table({{"ID", Align::right},
                         {"PIPELINE"},
                         {"GIVEN UP"},
                         {"ATTEMPTS", Align::right},
                         {"TYPE"},
                         {"SEQUENCE", Align::right},
                         {"RESULT"}});
    const auto add = [&](const api::DeadReport& letter) {
        const output::RawEvent event(letter.event);
        table.add({std::to_string(letter.id), letter.pipeline, output::local_time(letter.since),
                   grouped(letter.attempts), event.text("type"), output::short_sequence(event),
                   letter.last_result});
    };
    const std::uint64_t count = for_each_dead_letter(connection, asked.choice, asked.limit, add);
    console.out().write(table.text(console.paint()));
    return count;
}

void list(Connection& connection, const Asked& asked, Console& console) {
    const auto print = asked.form == Form::json ? print_lines : print_table;
    const std::uint64_t count = print(connection, asked, console);
    if (count == 0 && asked.choice.pipeline) expect_pipeline(connection, *asked.choice.pipeline);
}

void show(Connection& connection, const Asked& asked, Console& console) {
    const std::string body = fetch(connection, "/v1/dead/" + std::to_string(parse_id(asked.ids.front())));
    if (asked.form == Form::json) return console.out().line(body);
    const api::DeadReport letter = read_dead_letter(body);
    output::Table table({{""}, {""}});
    table.add({"dead letter", std::to_string(letter.id)});
    table.add({"pipeline", letter.pipeline});
    table.add({"given up", output::local_time(letter.since)});
    table.add({"attempts", grouped(letter.attempts)});
    table.add({"first failure", output::local_time(letter.first_failed) + "  " + letter.first_result});
    table.add({"last failure", output::local_time(letter.last_failed) + "  " + letter.last_result});
    if (!letter.last_run.empty()) table.add({"last run", letter.last_run});
    console.out().write(table.text(console.paint()));
    console.section("standard output", letter.output);
    console.section("standard error", letter.errors);
    console.out().write("\n" + output::event_page(output::RawEvent(letter.event), console.paint()));
}

std::vector<std::uint64_t> distinct_ids(const std::vector<std::string>& words) {
    std::vector<std::uint64_t> ids;
    ids.reserve(words.size());
    for (const std::string& word : words) ids.push_back(parse_id(word));
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    return ids;
}

void check_choice(const Asked& asked) {
    const bool is_chosen = !asked.ids.empty() || asked.choice.pipeline || asked.choice.since;
    if (is_chosen && asked.all) throw usage_error("dead", "--all does not go with a choice");
    if (!is_chosen && !asked.all)
        throw usage_error("dead",
                          "no dead letter is chosen: write ids, --pipeline NAME, --since TIME or --all");
}

struct Change {
    std::string_view path;
    std::string_view of_one;   ///< what is said of `1 dead letter`
    std::string_view of_many;  ///< and of others
};

/// Ids go in portions that a request's head has room for.
std::uint64_t perform(const Change& change, const Asked& asked, const std::vector<std::uint64_t>& ids,
                      Connection& connection) {
    std::uint64_t count = 0;
    std::size_t next = 0;
    do {
        connection::Target target(change.path);
        if (asked.all) target.with("all", "true");
        add_choice(asked.choice, target);
        const std::size_t end = std::min(next + ids_a_request, ids.size());
        for (; next < end; ++next) target.with("id", std::to_string(ids[next]));
        count += api::parse_count(post(connection, target.text()));
    } while (next < ids.size());
    return count;
}

void perform_and_tell(const Change& change, const Asked& asked, Connection& connection, Console& console) {
    check_choice(asked);
    const std::vector<std::uint64_t> ids = distinct_ids(asked.ids);
    const std::uint64_t count = perform(change, asked, ids, connection);
    if (count == 0 && asked.choice.pipeline) expect_pipeline(connection, *asked.choice.pipeline);
    const std::string sentence = count == 1 ? "1 dead letter " + std::string(change.of_one)
                                            : grouped(count) + " dead letters " + std::string(change.of_many);
    console.out().line(asked.form == Form::json ? api::count_json(count) : sentence);
    if (count >= ids.size()) return;
    throw core::Error(Code::not_found,
                      grouped(ids.size() - count) + " of the " + grouped(ids.size()) +
                          " dead letters that were named are not there",
                      "see 'tocsin dead list' for those that there are");
}

void retry(Connection& connection, const Asked& asked, Console& console) {
    perform_and_tell({"/v1/dead/retry", "is tried again", "are tried again"}, asked, connection, console);
}

void drop(Connection& connection, const Asked& asked, Console& console) {
    perform_and_tell({"/v1/dead/drop", "dropped", "dropped"}, asked, connection, console);
}

constexpr std::string_view an_id = "the id of a dead letter";
constexpr std::array actions{
    Action<Asked>{{"list", Takes::none, {}, "--pipeline --since --limit"}, list},
    Action<Asked>{{"show", Takes::one, an_id, {}}, show},
    Action<Asked>{{"retry", Takes::any, an_id, "--pipeline --since --all"}, retry},
    Action<Asked>{{"drop", Takes::any, an_id, "--pipeline --since --all"}, drop},
};

}  // namespace

ExitStatus dead(const Call& call, Console& console) {
    Asked asked;
    std::optional<std::string> since;
    Options options(call, synopsis);
    options.text("--pipeline", "NAME", asked.choice.pipeline, "Only dead letters of this pipeline")
        .text("--since", "WHEN", since, "Only those given up since then: 1h, an RFC 3339 time")
        .number("--limit", asked.limit, "With list: at most N, the oldest [default: all]")
        .flag("--all", asked.all, "With retry and drop: every dead letter")
        .json(asked.form, "Print JSON: list a line for each event, the others the daemon's answer");
    auto words = options.read(console);
    if (!words) return ExitStatus::ok;
    asked.ids = *std::move(words);
    const std::array uses{OptionUse{"--pipeline", asked.choice.pipeline.has_value()},
                          OptionUse{"--since", since.has_value()},
                          OptionUse{"--limit", asked.limit.has_value()}, OptionUse{"--all", asked.all}};
    const Action<Asked>& action = take_action("dead", actions, asked.ids, uses);
    if (since) asked.choice.since = parse_time("dead", *since, core::SystemClock().now());
    Connection connection(options.socket());
    action.run(connection, asked, console);
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
