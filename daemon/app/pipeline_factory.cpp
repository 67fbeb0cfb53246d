// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/pipeline_factory.hpp"

#include "daemon/adapters/curl/http_sink.hpp"
#include "daemon/adapters/openssl/crypto.hpp"
#include "daemon/adapters/zeromq/zmq_sink.hpp"
#include "daemon/app/config_value.hpp"

namespace tocsin::daemon::app {

PipelineFactory::PipelineFactory(std::filesystem::path socket, const core::Clock& clock)
    : socket_(std::move(socket)), clock_(clock) {
    process::Children::kill_runs_of(socket_.string());
}

std::vector<pipeline::Blueprint> PipelineFactory::blueprints(const std::vector<PipelineConfig>& pipelines) {
    std::vector<pipeline::Blueprint> blueprints;
    for (const PipelineConfig& config : pipelines)
        blueprints.push_back(
            {.options = config.options,
             .make_stages = [expressions = config.expressions]() -> std::unique_ptr<pipeline::Stages> {
                 return std::make_unique<jq::JqStages>(expressions);
             },
             .make_sink = [this, sink = config.sink] { return make_sink(sink); }});
    return blueprints;
}

std::unique_ptr<pipeline::Sink> PipelineFactory::make_sink(const PipelineConfig::Sink& options) {
    using Made = std::unique_ptr<pipeline::Sink>;
    return std::visit(
        Overload{
            [&](const process::ExecOptions& exec) -> Made {
                process::ExecOptions with_bus = exec;
                with_bus.bus = socket_;
                return std::make_unique<process::ExecSink>(std::move(with_bus), children_);
            },
            [&](const curl::Options& http) -> Made {
                return std::make_unique<curl::HttpSink>(http, clock_, openssl::hmac_sha256);
            },
            [&](const file::Options& file) -> Made { return std::make_unique<file::FileSink>(file, clock_); },
            [&](const zeromq::ZmqOptions& zmq) -> Made {
                return std::make_unique<zeromq::ZmqSink>(zeromq_, zmq);
            }},
        options);
}

}  // namespace tocsin::daemon::app
