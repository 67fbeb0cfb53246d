// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/delivery_metrics.hpp"

#include <array>

namespace tocsin::daemon::api {
namespace {

using core::MetricFamily;
using core::Sample;
using pipeline::State;
using pipeline::Status;
using Kind = MetricFamily::Kind;

struct Value {
    const char* name;
    const char* help;
    Kind kind;
    double (*of)(const Status&);
};

constexpr std::array values{
    Value{"tocsin_pipeline_matched_total", "Events that the pipeline took, since the daemon's start.",
          Kind::counter, [](const Status& status) { return static_cast<double>(status.matched); }},
    Value{"tocsin_pipeline_delivered_total", "Events delivered, since the pipeline's first day.",
          Kind::counter, [](const Status& status) { return static_cast<double>(status.totals.delivered); }},
    Value{"tocsin_pipeline_retried_total", "Attempts that failed and were followed by another.",
          Kind::counter, [](const Status& status) { return static_cast<double>(status.totals.retried); }},
    Value{"tocsin_pipeline_dead_total", "Events that became dead letters.", Kind::counter,
          [](const Status& status) { return static_cast<double>(status.totals.dead); }},
    Value{"tocsin_pipeline_skipped_total",
          "Events passed over, by an operator or because retention took them.", Kind::counter,
          [](const Status& status) { return static_cast<double>(status.totals.skipped); }},
    Value{"tocsin_pipeline_overrun_events_total",
          "Events of the log that retention took before they were looked at.", Kind::counter,
          [](const Status& status) { return static_cast<double>(status.overrun); }},
    Value{"tocsin_pipeline_dead_letters", "Dead letters that wait for an operator.", Kind::gauge,
          [](const Status& status) { return static_cast<double>(status.dead_letters); }},
    Value{"tocsin_pipeline_lag_events", "Events of the log from the first unsettled one on.", Kind::gauge,
          [](const Status& status) { return static_cast<double>(status.lag_events); }},
    Value{"tocsin_pipeline_lag_seconds", "Age of the oldest unsettled event.", Kind::gauge,
          [](const Status& status) { return std::chrono::duration<double>(status.lag).count(); }},
    Value{"tocsin_pipeline_in_flight", "Events that are being delivered.", Kind::gauge,
          [](const Status& status) { return static_cast<double>(status.in_flight); }},
    Value{"tocsin_pipeline_aside", "Events that wait for another attempt.", Kind::gauge,
          [](const Status& status) { return static_cast<double>(status.aside); }},
    Value{"tocsin_pipeline_up",
          "1 while the pipeline delivers what it can, 0 while its sink is down or it is stuck, paused or "
          "disabled.",
          Kind::gauge,
          [](const Status& status) {
              return status.state == State::running || status.state == State::idle ? 1.0 : 0.0;
          }},
};

Sample sample_of(const Status& status, double value) {
    Sample sample;
    sample.labels.emplace_back("pipeline", status.name);
    sample.value = value;
    return sample;
}

Sample latency_of(const Status& status) {
    Sample sample = sample_of(status, 0);
    for (std::size_t i = 0; i < pipeline::Latency::bounds.size(); ++i) {
        sample.count += status.latency.counts.at(i);
        sample.buckets.emplace_back(pipeline::Latency::bounds.at(i), sample.count);
    }
    sample.count += status.latency.counts.back();
    sample.sum = status.latency.sum_seconds;
    return sample;
}

}  // namespace

void add_pipeline_metrics(const std::vector<Status>& pipelines, std::vector<MetricFamily>& out) {
    for (const Value& value : values) {
        MetricFamily family{value.name, value.help, value.kind, {}};
        for (const Status& status : pipelines) family.samples.push_back(sample_of(status, value.of(status)));
        out.push_back(std::move(family));
    }
    MetricFamily latency{
        "tocsin_sink_seconds", "Time of a call of the pipeline's sink.", Kind::histogram, {}};
    for (const Status& status : pipelines) latency.samples.push_back(latency_of(status));
    out.push_back(std::move(latency));
}

}  // namespace tocsin::daemon::api
