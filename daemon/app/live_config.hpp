// SPDX-License-Identifier: Apache-2.0
// The configuration while the daemon runs: what is in force, how it is read anew, and the log level.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "common/api/reports.hpp"
#include "common/core/clock.hpp"
#include "daemon/api/control.hpp"
#include "daemon/app/config_reader.hpp"
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::app {

/// Reloads happen on the main thread, one at a time: whoever asks for one is put into a queue and wakes the
/// main thread with a SIGHUP. A reload answers all who had asked before it began to read.
/// Thread rule: any thread, but for `reload_now`.
class LiveConfig final : public api::Control {
 public:
    /// Hands a new configuration to what runs. It must not fail: what can be wrong is told by reading.
    using Apply = std::function<void(const Config&, const std::vector<std::string>& changed)>;

    LiveConfig(Sources sources, Reading reading, Apply apply, metrics::Metrics& metrics,
               const core::Clock& clock);

    void reload(std::function<void(api::ReloadResult)> done) override;
    std::string_view log_level() const override;
    void set_log_level(const std::string& level) override;

    /// The main thread, on SIGHUP.
    void reload_now();

    /// Refuses those who wait for a reload, and all who ask later.
    void stop();

    tocsin::api::ConfigurationStatus status() const;

 private:
    using Asked = std::vector<std::function<void(api::ReloadResult)>>;

    api::ReloadResult attempt();
    api::ReloadResult take(Reading next, std::vector<std::string> changed);
    api::RefusedReload refuse(std::vector<Mistake> mistakes);
    void note(std::string_view outcome);

    const Sources sources_;
    const Apply apply_;
    metrics::Metrics& metrics_;
    const core::Clock& clock_;
    Reading current_;  // the main thread's

    mutable std::mutex mutex_;  // guards what follows
    Asked asked_;
    bool stopped_ = false;
    tocsin::api::ConfigurationStatus status_;
};

}  // namespace tocsin::daemon::app
