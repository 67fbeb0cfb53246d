// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/output/table.hpp"
#include "common/api/reports.hpp"

namespace tocsin::cli::commands {
namespace {

using core::ExitStatus;
using output::Align;

constexpr Synopsis synopsis{"", "List the types of stored events.",
                            R"(Examples:
  tocsin types
  tocsin types --json | jq -r '.types[].type'
)"};

}  // namespace

ExitStatus types(const Call& call, output::Console& console) {
    output::Form form = output::Form::human;
    Options options(call, synopsis);
    options.json(form, "Print the daemon's answer as JSON");
    if (!options.read_no_words(console)) return ExitStatus::ok;
    connection::Connection connection(options.socket());
    const std::string body = fetch(connection, "/v1/types");
    if (form == output::Form::json) {
        console.out().line(body);
        return ExitStatus::ok;
    }
    output::Table table(
        {{"TYPE"}, {"EVENTS", Align::right}, {"FIRST", Align::right}, {"LAST", Align::right}});
    for (const auto& type : api::parse_types(body))
        table.add(
            {type.type, output::grouped(type.count), std::to_string(type.first), std::to_string(type.last)});
    console.out().write(table.text(console.paint()));
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
