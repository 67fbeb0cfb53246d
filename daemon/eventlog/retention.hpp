// SPDX-License-Identifier: Apache-2.0
// Retention at work: asks the rule what goes, and has the log remove it a step at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/core/clock.hpp"
#include "daemon/eventlog/age_clock.hpp"
#include "daemon/eventlog/retention_rule.hpp"

namespace tocsin::daemon::eventlog {

/// Asks everybody who may hold the tail of the log. Called once a step, on the thread that trims.
using TailHolders = std::function<std::vector<Hold>()>;

struct RetentionStatus {
    RetentionOptions options;
    LogExtent log;
    std::string held_by;                          ///< who keeps events that a limit would take; empty: nobody
    std::uint64_t removed = 0;                    ///< events, since the start
    std::optional<core::Timestamp> last_removed;  ///< when events were removed last, since the start
    std::chrono::microseconds clock_lag{0};       ///< how far ages are measured behind the wall clock
};

/// Thread rule: `step` and `keep_clock` belong to one thread, the others to any.
class Retention {
 public:
    /// A step may hold commits up for so long, and hardly longer.
    static constexpr std::chrono::milliseconds patience{8};
    /// What only the wall clock calls too old goes at one batch a minute, and not in the first.
    static constexpr std::chrono::minutes cautious_pause{1};
    /// The clock is kept beside the log at least so often, for a start after a crash.
    static constexpr std::chrono::hours clock_pause{1};

    /// What one step has done. `busy`: there may be more to do at once.
    struct Step {
        enum class State { idle, busy };
        State state = State::idle;
        std::uint64_t removed = 0;
        Limit limit = Limit::age;
        Seq first = 1;
        std::uint64_t given_back_bytes = 0;
        std::chrono::microseconds clock_jump{0};
    };

    Retention(EventLog& log, const RetentionOptions& options, const core::Clock& clock,
              TailHolders holders = {});

    /// Does what is due, as far as `patience` goes. Throws as `EventLog::trim` does.
    Step step();
    /// At a stop: the next start goes on with the time that this one has come to.
    void keep_clock();

    void reconfigure(const RetentionOptions& options);
    RetentionStatus status() const;

 private:
    Decision decide_cautiously(const RetentionOptions& options, Situation situation);
    void remember(const LogExtent& log, const std::string& held_by);

    EventLog& log_;
    const core::Clock& clock_;
    TailHolders holders_;
    AgeClock ages_;
    core::SteadyTime next_cautious_;
    core::SteadyTime next_clock_;

    mutable std::mutex mutex_;  // guards what follows
    RetentionStatus status_;
};

}  // namespace tocsin::daemon::eventlog
