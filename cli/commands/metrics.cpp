// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>

#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/output/table.hpp"
#include "common/api/reports.hpp"

namespace tocsin::cli::commands {
namespace {

using core::ExitStatus;
using output::Form;

constexpr Synopsis synopsis{"", "Print the daemon's metrics.",
                            R"(Examples:
  tocsin metrics
  tocsin metrics --prometheus > /var/lib/node_exporter/tocsin.prom
  tocsin metrics --json | jq '.metrics[] | select(.name | test("fsync"))'
)"};

std::string number_text(double value) {
    std::array<char, 32> text{};  // std::to_chars would bring in libm
    std::snprintf(text.data(), text.size(), "%.6g", value);
    return text.data();
}

std::string labels_text(const api::Sample& sample) {
    std::string text;
    for (const auto& [name, value] : sample.labels) {
        if (!text.empty()) text += ' ';
        text += name + '=';
        text += value;
    }
    return text;
}

std::string value_text(const api::Sample& sample, api::MetricFamily::Kind kind) {
    if (kind != api::MetricFamily::Kind::histogram) {
        const bool whole = sample.value >= 0 && sample.value < 1e15 &&
                           static_cast<double>(static_cast<std::uint64_t>(sample.value)) == sample.value;
        return whole ? std::to_string(static_cast<std::uint64_t>(sample.value)) : number_text(sample.value);
    }
    if (sample.count == 0) return "0 times";
    return std::to_string(sample.count) + " times, mean " +
           number_text(sample.sum / static_cast<double>(sample.count));
}

output::Table table_of(const std::vector<api::MetricFamily>& families) {
    output::Table table({{"METRIC"}, {"LABELS"}, {"VALUE"}});
    for (const auto& family : families)
        for (const auto& sample : family.samples)
            table.add({family.name, labels_text(sample), value_text(sample, family.kind)});
    return table;
}

}  // namespace

ExitStatus metrics(const Call& call, output::Console& console) {
    Form form = Form::human;
    bool prometheus = false;
    Options options(call, synopsis);
    options.json(form, "Print the metrics as JSON").flag("--prometheus", prometheus, "Print Prometheus text");
    if (!options.read_no_words(console)) return ExitStatus::ok;
    if (prometheus && form == Form::json)
        throw usage_error("metrics", "--json and --prometheus exclude each other");

    connection::Connection connection(options.socket());
    if (prometheus) {
        console.out().write(fetch(connection, "/metrics", "text/plain"));
        return ExitStatus::ok;
    }
    const std::string body = fetch(connection, "/metrics", "application/json");
    if (form == Form::json) {
        console.out().line(body);
    } else {
        console.out().write(table_of(api::parse_metrics(body)).text(console.paint()));
    }
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
