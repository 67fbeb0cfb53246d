// SPDX-License-Identifier: Apache-2.0
// The composition root: the only place that names the concrete classes and joins them.
#pragma once

#include <atomic>
#include <memory>

#include "common/core/clock.hpp"
#include "common/core/exit_status.hpp"
#include "common/core/folder_lock.hpp"
#include "daemon/adapters/file/in_work_file.hpp"
#include "daemon/adapters/http/http_server.hpp"
#include "daemon/adapters/spool/spool.hpp"
#include "daemon/adapters/sqlite/sqlite_delivery_store.hpp"
#include "daemon/adapters/sqlite/sqlite_event_log.hpp"
#include "daemon/adapters/zeromq/feed.hpp"
#include "daemon/adapters/zeromq/intake.hpp"
#include "daemon/api/own_events.hpp"
#include "daemon/app/config_reader.hpp"
#include "daemon/app/inherited_sockets.hpp"
#include "daemon/app/live_config.hpp"
#include "daemon/app/pipeline_factory.hpp"
#include "daemon/app/retention_thread.hpp"
#include "daemon/app/service_manager.hpp"
#include "daemon/app/watchdog.hpp"
#include "daemon/pipeline/pipelines.hpp"

namespace tocsin::daemon::app {

/// Everything is open and serving when the constructor returns. Members stand in the order in which they
/// depend on each other.
class Daemon {
 public:
    /// `reading` is what `sources` gave, without a mistake; a reload reads them again. Throws `core::Exit`
    /// with the reason when it can't start.
    Daemon(Sources sources, Reading reading, const core::Clock& clock);

    /// Waits for SIGTERM, SIGINT or a failure of the store, then stops in order; SIGHUP reloads. The signals
    /// must be blocked.
    core::ExitStatus run();

 private:
    sqlite::SqliteEventLog& reported_log();
    sqlite::SqliteEventLog& log_with_pipelines();
    http::Listener api_listener(const InheritedSockets& inherited) const;
    zeromq::Endpoint endpoint(const InheritedSockets& inherited, const std::string& name,
                              std::string_view file, mode_t mode) const;
    std::vector<http::Listener> open_listeners() const;
    api::DaemonInfo info() const;
    std::unique_ptr<spool::Spool> spool();
    void on_store_failure(const core::Error& error);
    void on_notice(const pipeline::Notice& notice);
    std::string serving() const;
    int wait_for_signal();
    void reload();
    void apply(const Config& config, const std::vector<std::string>& changed);
    void stop(std::string_view reason);

    const Config config_;  // as the daemon was started
    const core::Clock& clock_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> store_failed_{false};
    metrics::Metrics metrics_;
    LiveConfig live_config_;
    core::FolderLock runtime_lock_;
    InheritedSockets inherited_;
    sqlite::SqliteEventLog log_;
    sqlite::SqliteDeliveryStore delivery_store_;
    file::InWorkFile in_work_;
    api::OwnEvents own_events_;
    PipelineFactory factory_;
    pipeline::Pipelines pipelines_;
    RetentionThread retention_;
    api::Access access_;
    api::Audit audit_;
    api::Commands commands_;
    std::vector<http::Listener> listeners_;  // until the server takes them
    std::unique_ptr<spool::Spool> spool_;    // may be none
    api::DaemonInfo info_;
    api::Queries queries_;
    zeromq::Context zeromq_;
    zeromq::Feed feed_;
    zeromq::Intake intake_;
    http::HttpServer http_;
    ServiceManager service_manager_;
    Watchdog watchdog_;
};

}  // namespace tocsin::daemon::app
