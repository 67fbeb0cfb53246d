// SPDX-License-Identifier: Apache-2.0
// Makes pipelines from their configuration: the only place that knows every kind of sink.
#pragma once

#include <vector>

#include "daemon/adapters/process/children.hpp"
#include "daemon/adapters/zeromq/context.hpp"
#include "daemon/app/config.hpp"
#include "daemon/pipeline/pipeline.hpp"

namespace tocsin::daemon::app {

/// Outlives what it makes. Thread rule: any thread.
class PipelineFactory {
 public:
    explicit PipelineFactory(const core::Clock& clock) : clock_(clock) {}

    std::vector<pipeline::Blueprint> blueprints(const std::vector<PipelineConfig>& pipelines);

 private:
    std::unique_ptr<pipeline::Sink> make_sink(const PipelineConfig::Sink& options);

    const core::Clock& clock_;
    process::Children children_;
    zeromq::Context zeromq_;  // not the intake's: a name that is looked up would hold it up
};

}  // namespace tocsin::daemon::app
