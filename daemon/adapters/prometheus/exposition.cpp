// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/prometheus/exposition.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>

namespace tocsin::daemon::prometheus {
namespace {

using core::MetricFamily;
using core::Sample;
using Kind = MetricFamily::Kind;

::prometheus::MetricType type_of(Kind kind) {
    switch (kind) {
        case Kind::counter: return ::prometheus::MetricType::Counter;
        case Kind::gauge: return ::prometheus::MetricType::Gauge;
        case Kind::histogram: break;
    }
    return ::prometheus::MetricType::Histogram;
}

void fill_histogram(const Sample& sample, ::prometheus::ClientMetric& metric) {
    metric.histogram.sample_count = sample.count;
    metric.histogram.sample_sum = sample.sum;
    for (const auto& [bound, count] : sample.buckets) metric.histogram.bucket.push_back({count, bound});
    metric.histogram.bucket.push_back({sample.count, std::numeric_limits<double>::infinity()});
}

::prometheus::ClientMetric to_metric(const Sample& sample, Kind kind) {
    ::prometheus::ClientMetric metric;
    for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
    if (kind == Kind::counter) metric.counter.value = sample.value;
    if (kind == Kind::gauge) metric.gauge.value = sample.value;
    if (kind == Kind::histogram) fill_histogram(sample, metric);
    return metric;
}

}  // namespace

std::string exposition(const std::vector<MetricFamily>& families) {
    std::vector<::prometheus::MetricFamily> out;
    for (const MetricFamily& family : families) {
        ::prometheus::MetricFamily& made = out.emplace_back();
        made.name = family.name;
        made.help = family.help;
        made.type = type_of(family.kind);
        for (const Sample& sample : family.samples) made.metric.push_back(to_metric(sample, family.kind));
    }
    return ::prometheus::TextSerializer().Serialize(out);
}

}  // namespace tocsin::daemon::prometheus
