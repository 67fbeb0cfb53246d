// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/retention_thread.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/core/error.hpp"

namespace tocsin::daemon::app {
namespace {

using eventlog::Retention;
using std::chrono::seconds;

/// A step is followed by a rest at least as long, so that commits which wait for it have their turn.
constexpr std::chrono::milliseconds least_rest{2};

std::int64_t whole_seconds(std::chrono::microseconds time) {
    return std::chrono::floor<seconds>(time).count();
}

}  // namespace

RetentionThread::RetentionThread(eventlog::EventLog& log, const eventlog::RetentionOptions& options,
                                 const core::Clock& clock, metrics::Metrics& metrics,
                                 eventlog::TailHolders holders, OnTrimmed on_trimmed)
    : clock_(clock),
      metrics_(metrics),
      retention_(log, options, clock, std::move(holders)),
      on_trimmed_(std::move(on_trimmed)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    pthread_setname_np(thread_.native_handle(), "retention");
}

RetentionThread::~RetentionThread() { stop(); }

void RetentionThread::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

void RetentionThread::run(const std::stop_token& stop) noexcept {
    do {
        try {
            look(stop);
            failure_.clear();
        } catch (const std::exception& error) {
            note_failure(error.what());
        }
    } while (rest(period, stop));
    try {
        retention_.keep_clock();
    } catch (const std::exception& error) {
        // The next start is more careful for it.
        spdlog::debug("retention could not keep its clock: {}", error.what());
    }
}

void RetentionThread::look(const std::stop_token& stop) {
    Tally tally;
    for (bool busy = true; busy && !stop.stop_requested();) {
        const auto start = clock_.steady();
        const Retention::Step step = retention_.step();
        note(step, tally);
        busy = step.state == Retention::Step::State::busy &&
               rest(std::max<std::chrono::nanoseconds>(clock_.steady() - start, least_rest), stop);
    }
    tell(tally);
    const eventlog::RetentionStatus status = retention_.status();
    const auto now = clock_.now();
    metrics_.retention_last_run.set(core::to_microseconds(now) / 1'000'000);
    metrics_.oldest_event_seconds.set(
        status.log.empty() ? 0 : std::max<std::int64_t>(0, whole_seconds(now - status.log.oldest)));
    metrics_.age_clock_lag_seconds.set(whole_seconds(status.clock_lag));
}

void RetentionThread::note(const Retention::Step& step, Tally& tally) {
    if (step.clock_jump.count() != 0) {
        metrics_.clock_jumps.add();
        spdlog::warn(
            "the wall clock jumped by {} s; events that only this makes too old are removed {} a minute",
            whole_seconds(step.clock_jump), eventlog::retention_batch);
    }
    tally.first = step.first;
    tally.given_back_bytes += step.given_back_bytes;
    metrics_.given_back_bytes.add(step.given_back_bytes);
    if (step.removed == 0) return;
    if (on_trimmed_) on_trimmed_(step.first);
    tally.removed += step.removed;
    const std::string_view limit = name_of(step.limit);
    metrics_.removed.add(limit, step.removed);
    if (tally.limits.find(limit) == std::string::npos)
        tally.limits.append(tally.limits.empty() ? "" : ", ").append(limit);
}

/// One line for a run: it may have taken many steps.
void RetentionThread::tell(const Tally& tally) {
    if (tally.removed > 0)
        spdlog::info("retention removed {} events ({}): the log begins at {}, {} KiB were given back",
                     tally.removed, tally.limits, tally.first, tally.given_back_bytes >> 10U);
    else if (tally.given_back_bytes > 0)
        spdlog::info("retention gave {} KiB back to the file system", tally.given_back_bytes >> 10U);
}

/// It is tried again at the next look; the same failure is logged once.
void RetentionThread::note_failure(const std::string& why) {
    metrics_.retention_failures.add();
    if (why == failure_) return;
    failure_ = why;
    metrics_.last_error.set(clock_.now(), "retention failed: " + why);
    spdlog::error("retention failed: {}; it is tried again every {} s", why, period.count());
}

/// False when the thread has to end.
bool RetentionThread::rest(std::chrono::nanoseconds time, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace tocsin::daemon::app
