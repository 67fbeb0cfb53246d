// SPDX-License-Identifier: Apache-2.0
#include "daemon/eventlog/retention.hpp"

#include <algorithm>
#include <utility>

namespace tocsin::daemon::eventlog {
namespace {

/// Where ages are measured from at a start: where the last run had come to. A log that knows of none had its
/// last event then.
core::Timestamp start_of(const LogExtent& log, core::Timestamp wall) {
    if (log.clock) return *log.clock;
    return log.head == 0 ? wall : log.newest;
}

}  // namespace

Retention::Retention(EventLog& log, const RetentionOptions& options, const core::Clock& clock,
                     TailHolders holders)
    : log_(log),
      clock_(clock),
      holders_(std::move(holders)),
      ages_(start_of(log.extent(), clock.now()), clock.now(), clock.steady()),
      next_cautious_(clock.steady() + cautious_pause),
      next_clock_(clock.steady() + clock_pause) {
    status_.options = options;
    status_.log = log.extent();
    status_.clock_lag = ages_.lag();
}

Retention::Step Retention::step() {
    Step step;
    const core::SteadyTime steady = clock_.steady();
    step.clock_jump = ages_.look(clock_.now(), steady);
    if (step.clock_jump.count() != 0) next_cautious_ = std::max(next_cautious_, steady + cautious_pause);
    const RetentionOptions options = status().options;
    const Situation situation{log_.extent(), ages_.now(), holders_ ? holders_() : std::vector<Hold>()};
    Decision decision = decide(options, situation, [this](core::Timestamp time) { return log_.seek(time); });
    if (decision.before == 0 && steady >= next_cautious_) decision = decide_cautiously(options, situation);
    remember(situation.log, decision.held_by);
    step.first = situation.log.first;
    if (decision.before > 0) {
        const Trimmed trimmed = log_.trim({decision.before, patience, ages_.now()});
        next_clock_ = steady + clock_pause;
        if (trimmed.first > situation.log.first) step.state = Step::State::busy;
        step.removed = trimmed.events;
        step.limit = decision.limit;
        step.first = trimmed.first;
        const std::lock_guard lock(mutex_);
        status_.log.first = trimmed.first;
        status_.removed += trimmed.events;
        status_.last_removed = clock_.now();
        return step;
    }
    step.given_back_bytes = log_.give_back(patience);
    if (step.given_back_bytes > 0) step.state = Step::State::busy;
    if (steady >= next_clock_) keep_clock();
    return step;
}

/// What the wall clock alone calls too old: it may have jumped, so one batch goes, and then a pause.
Decision Retention::decide_cautiously(const RetentionOptions& options, Situation situation) {
    situation.now = ages_.wall();
    Decision decision = decide(options, situation, [this](core::Timestamp time) { return log_.seek(time); });
    if (decision.before == 0) return decision;
    next_cautious_ = clock_.steady() + cautious_pause;
    decision.before = std::min(decision.before, situation.log.first + retention_batch);
    return decision;
}

void Retention::keep_clock() {
    next_clock_ = clock_.steady() + clock_pause;
    if (log_.extent().room == Room::low) return;  // it can wait
    log_.trim({.before = 0, .patience = patience, .clock = ages_.now()});
}

void Retention::remember(const LogExtent& log, const std::string& held_by) {
    const std::lock_guard lock(mutex_);
    status_.log = log;
    status_.held_by = held_by;
    status_.clock_lag = ages_.lag();
}

void Retention::reconfigure(const RetentionOptions& options) {
    const std::lock_guard lock(mutex_);
    status_.options = options;
}

RetentionStatus Retention::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

}  // namespace tocsin::daemon::eventlog
