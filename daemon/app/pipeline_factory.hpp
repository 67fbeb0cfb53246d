// SPDX-License-Identifier: Apache-2.0
// Makes pipelines from their configuration: the only place that knows every kind of sink.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "daemon/adapters/process/children.hpp"
#include "daemon/adapters/zeromq/context.hpp"
#include "daemon/app/config.hpp"
#include "daemon/pipeline/pipeline.hpp"

namespace tocsin::daemon::app {

/// Outlives what it makes. Thread rule: any thread.
class PipelineFactory {
 public:
    /// `socket` is this bus's, for commands that call `tocsin`. Ends what commands of a daemon that died have
    /// left behind.
    PipelineFactory(std::filesystem::path socket, const core::Clock& clock);

    std::vector<pipeline::Blueprint> blueprints(const std::vector<PipelineConfig>& pipelines);

 private:
    std::unique_ptr<pipeline::Sink> make_sink(const PipelineConfig::Sink& options);

    const std::filesystem::path socket_;
    const core::Clock& clock_;
    process::Children children_;
    zeromq::Context zeromq_;  // not the intake's: a name that is looked up would hold it up
};

}  // namespace tocsin::daemon::app
