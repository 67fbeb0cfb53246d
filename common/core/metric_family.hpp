// SPDX-License-Identifier: Apache-2.0
// Metrics as they are read off, after the Prometheus data model: between counters and any exposition.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::core {

/// One sample of a metric, or one series of a histogram.
struct Sample {
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;                                       ///< counters and gauges
    std::uint64_t count = 0;                                ///< histograms
    double sum = 0;                                         ///< histograms
    std::vector<std::pair<double, std::uint64_t>> buckets;  ///< upper bound → cumulative count; without +Inf
};

struct MetricFamily {
    enum class Kind : std::uint8_t { counter, gauge, histogram };
    std::string name;
    std::string help;
    Kind kind = Kind::counter;
    std::vector<Sample> samples;
};

}  // namespace tocsin::core
