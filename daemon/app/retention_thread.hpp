// SPDX-License-Identifier: Apache-2.0
// Runs retention: looks once a second, works in steps with a rest after each, tells what it did.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "common/core/clock.hpp"
#include "daemon/eventlog/retention.hpp"
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::app {

/// Thread rule: any thread, but `stop` and destruction.
class RetentionThread {
 public:
    static constexpr std::chrono::seconds period{1};

    /// Told, on this thread, from where on the log goes after events were removed.
    using OnTrimmed = std::function<void(core::Seq first)>;

    RetentionThread(eventlog::EventLog& log, const eventlog::RetentionOptions& options,
                    const core::Clock& clock, metrics::Metrics& metrics, eventlog::TailHolders holders = {},
                    OnTrimmed on_trimmed = {});
    ~RetentionThread();
    RetentionThread(const RetentionThread&) = delete;
    RetentionThread& operator=(const RetentionThread&) = delete;

    /// Counts from the next look on.
    void reconfigure(const eventlog::RetentionOptions& options) { retention_.reconfigure(options); }
    eventlog::RetentionStatus status() const { return retention_.status(); }

    /// Ends after the step that is under way. The log must still take commits.
    void stop();

 private:
    /// What the steps from one look to the next have done.
    struct Tally {
        std::uint64_t removed = 0;
        std::uint64_t given_back_bytes = 0;
        core::Seq first = 0;
        std::string limits;  // the ones that asked for it
    };

    void run(const std::stop_token& stop) noexcept;
    void look(const std::stop_token& stop);
    void note(const eventlog::Retention::Step& step, Tally& tally);
    void tell(const Tally& tally);
    void note_failure(const std::string& why);
    bool rest(std::chrono::nanoseconds time, const std::stop_token& stop);

    const core::Clock& clock_;
    metrics::Metrics& metrics_;
    eventlog::Retention retention_;
    OnTrimmed on_trimmed_;
    std::string failure_;  // the last one that was logged
    std::mutex mutex_;     // for the next alone
    std::condition_variable_any wake_;
    std::jthread thread_;
};

}  // namespace tocsin::daemon::app
