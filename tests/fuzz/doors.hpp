// SPDX-License-Identifier: Apache-2.0
// The daemon's doors over a log in memory, in a folder of their own, for targets that come in as clients do.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "common/core/clock.hpp"
#include "daemon/adapters/http/http_server.hpp"
#include "daemon/adapters/zeromq/intake.hpp"
#include "daemon/api/control.hpp"
#include "daemon/pipeline/pipelines.hpp"
#include "tests/support/memory_delivery_store.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::fuzz {

/// No configuration lies behind these doors.
class NoControl final : public daemon::api::Control {
 public:
    void reload(std::function<void(daemon::api::ReloadResult)> done) override;
    std::string_view log_level() const override { return "info"; }
    void set_log_level(const std::string&) override {}
};

/// Nothing is delivered behind them either.
class NoInWork final : public daemon::pipeline::InWork {
 public:
    std::size_t begin(std::string_view, core::Seq) noexcept override { return 0; }
    void end(std::size_t) noexcept override {}
};

/// Made anew from time to time, since its log keeps everything.
class Doors {
 public:
    Doors();
    ~Doors();

    std::filesystem::path api() const { return folder_.path() / "api.sock"; }
    std::filesystem::path intake() const { return folder_.path() / "intake.sock"; }

 private:
    tests::TemporaryFolder folder_;
    core::SystemClock clock_;
    tests::MemoryEventLog log_;
    daemon::metrics::Metrics metrics_;
    daemon::api::Access access_;
    daemon::api::Audit audit_;
    daemon::api::Commands commands_;
    daemon::api::DaemonInfo info_;
    daemon::api::Queries queries_;
    NoControl control_;
    tests::MemoryDeliveryStore deliveries_;
    NoInWork in_work_;
    daemon::pipeline::Pipelines pipelines_;
    daemon::zeromq::Context zeromq_;
    daemon::http::Options options_;
    daemon::zeromq::Intake intake_;
    daemon::http::HttpServer http_;
};

/// The doors, exchanged after so many uses.
Doors& fresh_doors();

}  // namespace tocsin::fuzz
