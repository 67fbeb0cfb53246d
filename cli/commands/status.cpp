// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/output/local_time.hpp"
#include "cli/output/table.hpp"
#include "common/api/reports.hpp"

namespace tocsin::cli::commands {
namespace {

using core::ExitStatus;
using output::grouped;

constexpr Synopsis synopsis{"", "Tell how the daemon is.",
                            R"(Examples:
  tocsin status
  tocsin status --json | jq -r '.listeners[].address'
)"};

std::string range_text(core::Seq first, core::Seq last) {
    return std::to_string(first) + (last == first ? "" : " to " + std::to_string(last));
}

std::string configuration_text(const api::ConfigurationStatus& configuration) {
    std::string text = "read " + output::local_time(configuration.loaded) + " from ";
    if (configuration.files.empty()) return text + "no file: every key has its default";
    for (const std::string& file : configuration.files)
        text += (&file == &configuration.files.front() ? "" : ", ") + file;
    return text;
}

output::Table table_of(const api::Status& status) {
    output::Table table({{""}, {""}});
    table.add({"state", status.state});
    table.add({"version", status.version});
    table.add({"pid", std::to_string(status.pid)});
    table.add(
        {"up", output::span_text(status.uptime_seconds) + ", since " + output::local_time(status.started)});
    table.add({"epoch", status.epoch});
    table.add({"events", grouped(status.events)});
    table.add({"log", status.first == 0 ? "empty" : range_text(status.first, status.head)});
    table.add({"connections", grouped(status.connections)});
    table.add({"subscriptions", grouped(status.subscriptions)});
    table.add({"store", status.store.path + " (" + output::bytes_text(status.store.database_bytes) +
                            ", WAL " + output::bytes_text(status.store.wal_bytes) + ", " +
                            output::bytes_text(status.store.free_bytes) + " free)"});
    if (const auto& since = status.store.full_since)
        table.add({"disk full", "events are refused since " + output::local_time(*since)});
    for (const auto& range : status.store.missing)
        table.add({"missing", range_text(range.first, range.last)});
    for (const auto& listener : status.listeners) table.add({"listens: " + listener.name, listener.address});
    table.add({"configuration", configuration_text(status.configuration)});
    if (const auto& refused = status.configuration.refused)
        table.add({"reload refused", output::local_time(*refused) + "; tocsin config check tells why"});
    if (const auto& error = status.last_error)
        table.add({"last error", output::local_time(error->time) + "  " + error->message});
    return table;
}

}  // namespace

ExitStatus status(const Call& call, output::Console& console) {
    output::Form form = output::Form::human;
    Options options(call, synopsis);
    options.json(form, "Print the daemon's answer as JSON");
    if (!options.read_no_words(console)) return ExitStatus::ok;
    connection::Connection connection(options.socket());
    const std::string body = fetch(connection, "/v1/status");
    if (form == output::Form::json) {
        console.out().line(body);
    } else {
        console.out().write(table_of(api::parse_status(body)).text(console.paint()));
    }
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
