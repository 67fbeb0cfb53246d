// SPDX-License-Identifier: Apache-2.0
// What pipelines count, as metric families with the label `pipeline`.
#pragma once

#include <vector>

#include "common/core/metric_family.hpp"
#include "daemon/pipeline/pipeline.hpp"

namespace tocsin::daemon::api {

void add_pipeline_metrics(const std::vector<pipeline::Status>& pipelines,
                          std::vector<core::MetricFamily>& out);

}  // namespace tocsin::daemon::api
