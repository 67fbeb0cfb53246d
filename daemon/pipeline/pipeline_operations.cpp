// SPDX-License-Identifier: Apache-2.0
// What is done to a pipeline from outside: ending, pausing, skipping, looking; and what it writes down.
#include <algorithm>
#include <iterator>
#include <utility>

#include "common/core/error.hpp"
#include "daemon/pipeline/pipeline.hpp"

namespace tocsin::daemon::pipeline {
namespace {

using core::Error;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds quiet_settle_pause{1};  // where only events were passed that did not match
constexpr seconds failed_settle_pause{1};

}  // namespace

void Pipeline::ring() noexcept { bell_.ring(); }

void Pipeline::stop(Stop how) {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    if (how == Stop::soon) stop_sinks_.request_stop();
    wake_workers_.notify_all();
    bell_.ring();
}

bool Pipeline::wait_until_over(core::SteadyTime until) {
    settle();
    std::unique_lock lock(mutex_);
    while (true) {
        const bool is_quiet = threads_ == 0 && !is_settling_;
        if (is_quiet && version_ == settled_version_) return true;
        if (around_.clock.steady() >= until) return false;
        if (is_quiet) {
            lock.unlock();
            settle();
            lock.lock();
        }
        over_.wait_until(lock, std::min(until, around_.clock.steady() + milliseconds(50)));
    }
}

void Pipeline::abandon() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    abandoned_ = true;
}

Kept Pipeline::kept() const {
    const std::lock_guard lock(mutex_);
    return {options().name, schedule_.cursor(), standing_, totals_, dead_letters_};
}

bool Pipeline::may_run() const noexcept {
    return !is_ending() && standing_.state == Standing::State::running &&
           options().use == Options::Use::enabled;
}

/// Needs `mutex_`, and gives it up: `done` is called once what has changed is on disk.
void Pipeline::touch(std::unique_lock<std::mutex>& lock, Done done) {
    ++version_;
    if (done) waiting_.emplace_back(version_, std::move(done));
    lock.unlock();
    wake_workers_.notify_all();
    bell_.ring();
    settle();
}

void Pipeline::pause(std::string who, Done done) {
    std::unique_lock lock(mutex_);
    if (standing_.state == Standing::State::running)
        standing_ = {Standing::State::paused, std::move(who), around_.clock.now()};
    touch(lock, std::move(done));
}

void Pipeline::resume(Done done) {
    std::unique_lock lock(mutex_);
    const bool was_disabled = standing_.state == Standing::State::disabled;
    standing_ = {};
    schedule_.probe_now(now());
    touch(lock, std::move(done));
    if (was_disabled) around_.notify({Notice::What::enabled, options().name, {}, {}, 0});
}

void Pipeline::skip(std::optional<Seq> to, SkipDone done) {
    std::unique_lock lock(mutex_);
    Skipped skipped;
    skipped.range.first = schedule_.floor();
    const auto open = schedule_.first_open();
    const Seq last = to ? std::min(*to, around_.log.head()) : open.value_or(0);
    if (last < skipped.range.first) {
        skipped.range = {};
    } else {
        skipped.range.last = last;
        skipped.count = schedule_.skip(last);
        totals_.skipped += skipped.count;
    }
    touch(lock,
          [skipped, done = std::move(done)](const std::optional<Error>& error) { done(skipped, error); });
}

void Pipeline::redeliver(std::vector<DeadId> letters) {
    {
        const std::lock_guard lock(mutex_);
        for (const DeadId id : letters)
            if (std::ranges::find(letters_, id) == letters_.end()) letters_.push_back(id);
    }
    bell_.ring();
}

std::vector<DeadId> Pipeline::letters() const {
    const std::lock_guard lock(mutex_);
    std::vector<DeadId> letters = schedule_.letters();
    letters.insert(letters.end(), letters_.begin(), letters_.end());
    return letters;
}

void Pipeline::note_dead_letters(std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    dead_letters_ = count;
}

void Pipeline::note_trimmed(Seq first) {
    Lost lost;
    {
        std::unique_lock lock(mutex_);
        if (schedule_.floor() >= first || options().use == Options::Use::disabled) return;
        lost = schedule_.lose_before(first);
        if (lost.count == 0) return;
        totals_.skipped += lost.known;
        overrun_ += lost.count;
        touch(lock, nullptr);
    }
    around_.notify(
        {Notice::What::overrun, options().name, "retention has removed them", lost.range, lost.count});
}

std::optional<Seq> Pipeline::hold() const {
    const std::lock_guard lock(mutex_);
    if (standing_.state == Standing::State::disabled || options().use == Options::Use::disabled)
        return std::nullopt;
    return schedule_.floor();
}

void Pipeline::watch() {
    const std::int64_t now = around_.clock.steady().time_since_epoch().count();
    for (const auto& watched : watched_) {
        const std::int64_t since = watched->since;
        const std::chrono::nanoseconds age(now - since);
        if (since == 0 || age < patience || watched->told == since) continue;
        watched->told = since;
        const Seq seq = watched->seq;
        const std::string reason = "an expression has not come to an end on event " + core::to_text(seq) +
                                   " in " + std::to_string(patience.count()) + " s";
        {
            const std::lock_guard lock(mutex_);
            stuck_ = reason;
            stuck_since_ = around_.clock.now();
            set_error(reason);
        }
        around_.notify({Notice::What::stuck, options().name, reason, {seq, seq}, 1});
    }
}

void Pipeline::note_unstuck() {
    const std::lock_guard lock(mutex_);
    stuck_.clear();
}

/// In the order in which they came about, whichever thread is here first.
void Pipeline::tell() {
    const std::lock_guard turn(telling_);
    while (true) {
        Notice notice;
        {
            const std::lock_guard lock(mutex_);
            if (untold_.empty()) return;
            notice = std::move(untold_.front());
            untold_.pop_front();
        }
        around_.notify(notice);
    }
}

/// Needs `mutex_`.
void Pipeline::set_error(std::string error) {
    last_error_ = std::move(error);
    last_error_time_ = around_.clock.now();
}

void Pipeline::note_error(std::string error) {
    const std::lock_guard lock(mutex_);
    if (!abandoned_) set_error(std::move(error));
}

/// What has changed goes to the store, one settlement at a time: the next one takes all that came meanwhile.
void Pipeline::settle() {
    Settlement settlement;
    {
        const std::lock_guard lock(mutex_);
        if (is_settling_ || abandoned_) return;
        const bool has_changed = version_ != settled_version_;
        const bool has_moved = schedule_.floor() != settled_floor_;
        const bool is_due = around_.clock.steady() >= next_settle_;
        if (!(has_changed && (is_due || !settle_failed_)) && !(has_moved && (is_due || stopping_))) return;
        is_settling_ = true;
        settling_version_ = version_;
        settled_floor_ = schedule_.floor();
        settlement = {.pipeline = options().name,
                      .cursor = schedule_.cursor(),
                      .standing = standing_,
                      .totals = totals_,
                      .dead = std::exchange(pending_dead_, {}),
                      .redelivered = std::exchange(pending_redelivered_, {}),
                      .runs = std::exchange(pending_runs_, {})};
    }
    try {
        complete(settlement.dead);
    } catch (const Error& error) {
        return settled(std::move(settlement), error);
    }
    around_.store.settle(std::move(settlement),
                         [self = shared_from_this()](Settlement&& given_back, const auto& error) {
                             self->settled(std::move(given_back), error);
                         });
}

/// Letters of events that were aside lack the event itself. One that retention has taken can't be kept.
void Pipeline::complete(std::vector<DeadLetter>& letters) const {
    const auto is_gone = [this](DeadLetter& letter) {
        if (letter.id == 0 && !letter.event) letter.event = around_.log.get(letter.seq);
        return letter.id == 0 && !letter.event;
    };
    std::erase_if(letters, is_gone);
}

void Pipeline::settled(Settlement&& settlement, const std::optional<Error>& error) {
    std::vector<Done> done;
    {
        const std::lock_guard lock(mutex_);
        is_settling_ = false;
        settle_failed_ = error.has_value();
        if (error) {
            keep_for_later(std::move(settlement), *error);
        } else {
            settled_version_ = settling_version_;
            next_settle_ = around_.clock.steady() + quiet_settle_pause;
        }
        // Who waits is told of a failure as well: the pipeline goes on trying, they need not.
        const auto is_later = [&](const auto& waiting) { return !error && waiting.first > settled_version_; };
        const auto told = std::ranges::stable_partition(waiting_, is_later);
        for (auto& [version, one] : told) done.push_back(std::move(one));
        waiting_.erase(told.begin(), told.end());
        over_.notify_all();
    }
    bell_.ring();
    for (const Done& one : done) one(error);
}

/// Needs `mutex_`.
void Pipeline::keep_for_later(Settlement&& settlement, const Error& error) {
    const auto in_front = [](auto& kept, auto& back) {
        kept.insert(kept.begin(), std::make_move_iterator(back.begin()), std::make_move_iterator(back.end()));
    };
    in_front(pending_dead_, settlement.dead);
    in_front(pending_redelivered_, settlement.redelivered);
    in_front(pending_runs_, settlement.runs);
    if (pending_runs_.size() > kept_runs)
        pending_runs_.erase(pending_runs_.begin(),
                            pending_runs_.end() - static_cast<std::ptrdiff_t>(kept_runs));
    next_settle_ = around_.clock.steady() + failed_settle_pause;
    settled_floor_ = 0;
    set_error(std::string("the store took no progress: ") + error.what());
}

Status Pipeline::status() const {
    Status status = status_now();
    if (status.lag_events == 0 || status.lag.count() > 0) return status;
    // What waits was not read yet.
    if (const auto event = around_.log.get(status.floor))
        status.lag = std::max(around_.clock.now() - event->recorded, std::chrono::microseconds(0));
    return status;
}

Status Pipeline::status_now() const {
    Status status;
    const Seq head = around_.log.head();
    const std::lock_guard lock(mutex_);
    const core::Timestamp time = around_.clock.now();
    status.name = options().name;
    status.sink = options().sink;
    for (const event::TopicPattern& pattern : options().from) status.from.push_back(pattern.text());
    status.position = schedule_.read_to();
    status.floor = schedule_.floor();
    status.lag_events = head >= status.floor ? head - status.floor + 1 : 0;
    if (const auto oldest = schedule_.oldest(); oldest && status.lag_events > 0)
        status.lag = std::max(time - *oldest, std::chrono::microseconds(0));
    status.matched = matched_;
    status.totals = totals_;
    status.overrun = overrun_;
    status.dead_letters = dead_letters_;
    status.queued = schedule_.queued();
    status.aside = schedule_.aside();
    status.in_flight = schedule_.in_work();
    status.per_second = recent_.per_second(around_.clock.steady());
    status.last_error = last_error_;
    status.last_error_time = last_error_time_;
    status.last_run = last_run_;
    status.latency = latency_;
    describe_state(status);
    return status;
}

/// Needs `mutex_`.
void Pipeline::describe_state(Status& status) const {
    const auto say = [&](State state, const std::string& reason, core::Timestamp since) {
        status.state = state;
        status.reason = reason;
        status.since = since;
    };
    if (options().use == Options::Use::disabled) return say(State::disabled, "enabled = false", {});
    if (standing_.state == Standing::State::disabled)
        return say(State::disabled, standing_.reason, standing_.since);
    if (standing_.state == Standing::State::paused)
        return say(State::paused, standing_.reason, standing_.since);
    if (!stuck_.empty()) return say(State::stuck, stuck_, stuck_since_);
    if (stopping_) return say(State::changing, {}, {});
    if (const auto since = schedule_.down_since()) {
        const auto left = *schedule_.next_probe() - around_.clock.steady();
        status.next_probe = std::max(std::chrono::ceil<milliseconds>(left), milliseconds(0));
        return say(State::down, down_reason_, *since);
    }
    const bool has_work = schedule_.queued() + schedule_.aside() + schedule_.in_work() > 0;
    say(has_work ? State::running : State::idle, {}, {});
}

}  // namespace tocsin::daemon::pipeline
