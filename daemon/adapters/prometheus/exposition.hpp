// SPDX-License-Identifier: Apache-2.0
// Metrics in Prometheus' text format 0.0.4.
#pragma once

#include <string>
#include <vector>

#include "common/core/metric_family.hpp"

namespace tocsin::daemon::prometheus {

std::string exposition(const std::vector<core::MetricFamily>& families);

}  // namespace tocsin::daemon::prometheus
