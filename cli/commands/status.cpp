// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/output/local_time.hpp"
#include "cli/output/table.hpp"
#include "common/api/reports.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::commands {
namespace {

using core::ExitStatus;
using output::grouped;

constexpr Synopsis synopsis{"", "Tell how the daemon is.",
                            R"(Examples:
  tocsin status
  tocsin status --json | jq -r '.listeners[].address'
)"};

std::string configuration_text(const api::ConfigurationStatus& configuration) {
    return "read " + output::local_time(configuration.loaded) + " from " +
           (configuration.files.empty() ? "no file: every key has its default"
                                        : core::joined(configuration.files));
}

/// `30d, 4.0 GiB, 1,000 events`.
std::string limits_text(const api::RetentionReport& retention) {
    std::vector<std::string> limits;
    if (retention.age_seconds > 0) limits.push_back(output::span_text(retention.age_seconds));
    if (retention.bytes > 0) limits.push_back(output::bytes_text(retention.bytes));
    if (retention.count > 0) limits.push_back(grouped(retention.count) + " events");
    return limits.empty() ? "no limit" : core::joined(limits);
}

void add_retention(const api::RetentionReport& retention, output::Table& table) {
    std::string text = limits_text(retention) + "; the log has " + output::bytes_text(retention.log_bytes);
    if (retention.last_removed)
        text += ", " + grouped(retention.removed) + " events were removed, the last at " +
                output::local_time(*retention.last_removed);
    table.add({"retention", text});
    if (retention.kept > 0) table.add({"kept", grouped(retention.kept) + " older events of qr.code.*"});
    if (!retention.held_by.empty())
        table.add({"tail held by", retention.held_by + ": older events would go without it"});
    if (retention.clock_lag_seconds >= 60)
        table.add({"clock", "ages are measured " + output::span_text(retention.clock_lag_seconds) +
                                " behind the wall clock, which has jumped"});
}

void add_spool(const api::SpoolStatus& spool, output::Table& table) {
    std::string text = spool.path + " (" + grouped(spool.waiting) + " waiting";
    if (spool.since) text += " since " + output::local_time(*spool.since);
    table.add({"spool", text + ", " + grouped(spool.bad) + " set aside)"});
    if (!spool.problem.empty()) table.add({"spool problem", spool.problem});
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
    table.add({"log", status.first == 0 ? "empty, up to " + std::to_string(status.head)
                                        : output::range_text({status.first, status.head})});
    table.add({"connections", grouped(status.connections)});
    table.add({"subscriptions", grouped(status.subscriptions)});
    table.add({"store", status.store.path + " (" + output::bytes_text(status.store.database_bytes) +
                            ", WAL " + output::bytes_text(status.store.wal_bytes) + ", " +
                            output::bytes_text(status.store.free_bytes) + " free)"});
    add_retention(status.retention, table);
    if (const auto& since = status.store.full_since)
        table.add({"disk full", "events are refused since " + output::local_time(*since)});
    for (const auto& range : status.store.missing) table.add({"missing", output::range_text(range)});
    if (status.spool) add_spool(*status.spool, table);
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
