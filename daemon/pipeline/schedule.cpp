// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/schedule.hpp"

#include <algorithm>
#include <iterator>

namespace tocsin::daemon::pipeline {
namespace {

using core::SteadyTime;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr SteadyTime never = SteadyTime::max();

milliseconds since(core::Timestamp begin, Now now) {
    return std::chrono::duration_cast<milliseconds>(now.wall - begin);
}

std::size_t bytes_of(const Work& work) {
    return work.json.size() + (work.event ? work.event->size_bytes() : 0) + sizeof work;
}

}  // namespace

Schedule::Schedule(const Options& options, std::size_t most, const Cursor& cursor,
                   std::function<double()> chance)
    : options_(options), most_(most), chance_(std::move(chance)), progress_(cursor) {
    for (const Aside& aside : cursor.aside)
        if (aside.seq > cursor.position) returning_.emplace(aside.seq, aside);
}

/// A sink that takes many at once gets what a hundredth of a second is worth: a rate is no rate of bursts.
std::size_t Schedule::batch_size() const noexcept {
    if (options_.batch.size > 0) return options_.batch.size;
    return options_.rate == 0 ? most_ : std::clamp<std::size_t>(options_.rate / 100, 1, most_);
}

bool Schedule::wants_more() const noexcept {
    return queue_.size() < most_queued && queued_bytes_ < most_queued_bytes && aside_.size() < most_aside &&
           progress_.settled_ahead() < most_settled_ahead;
}

bool Schedule::offer(Work work, Now now) {
    work.queued = now.steady;
    if (work.id.letter != 0) {
        if (in_work_.contains(work.id) || aside_.contains(work.id)) return false;
        if (std::ranges::find(queue_, work.id, &Work::id) != queue_.end()) return false;
    } else if (take_back(work)) {
        work.due = now.steady;
        const std::string key = work.key;
        step_aside(std::move(work));
        if (is_ordered()) step_aside_behind(key);
        return true;
    } else if (work.id.seq <= skipped_to_ || !progress_.take(work.id.seq)) {
        return false;
    }
    if (is_ordered() && blocked_.contains(work.key)) {
        work.due = never;
        step_aside(std::move(work));
    } else {
        enqueue(std::move(work));
    }
    return true;
}

/// True when it is one of the last life, read again: with what is known of it.
bool Schedule::take_back(Work& work) {
    const auto found = returning_.find(work.id.seq);
    if (found == returning_.end()) return false;
    work.attempts = found->second.attempts;
    work.deaths = found->second.deaths;
    work.first_attempt = found->second.first_attempt;
    returning_.erase(found);
    return true;
}

/// What of the last life has not come back by now does not match any more, or can't be read.
void Schedule::pass(Seq seq) {
    while (!returning_.empty() && returning_.begin()->first <= seq) {
        progress_.settle(returning_.begin()->first);
        returning_.erase(returning_.begin());
    }
    progress_.pass(seq);
}

void Schedule::restore(Work work, Now now) {
    const bool waits = is_ordered() && blocked_.contains(work.key);
    work.due = waits ? never : now.steady;
    step_aside(std::move(work));
}

/// Needs an order by key: another task or an event aside has this key, so the work has to wait.
bool Schedule::is_held(const Work& work) const {
    return is_ordered() && (keys_in_work_.contains(work.key) || blocked_.contains(work.key));
}

/// True when no event of the same key is aside in front of it, and none in work.
bool Schedule::is_next(const Work& work) const {
    if (!is_ordered()) return true;
    if (keys_in_work_.contains(work.key)) return false;
    const auto key = blocked_.find(work.key);
    return key == blocked_.end() || *key->second.begin() == work.id;
}

std::optional<Task> Schedule::take(Now now) {
    if (is_down()) return now.steady >= probe_at_ && in_work_.empty() ? take_probe(now) : std::nullopt;
    if (now.steady < free_at_) return std::nullopt;
    auto task = take_again(now);
    if (!task) task = take_fresh(now);
    if (!task) return task;
    for (Work& work : task->works) begin(work, now);
    pay(task->works.size(), now);
    return task;
}

/// The oldest that there is, so that order is kept.
std::optional<Task> Schedule::take_probe(Now now) {
    std::optional<WorkId> first;
    if (!queue_.empty()) first = queue_.front().id;
    for (const auto& [id, work] : aside_) {
        if (first && *first < id) break;
        if (work.due == never || !is_next(work)) continue;
        first = id;
        break;
    }
    if (!first) return std::nullopt;
    Task task{Task::Kind::probe, {}};
    task.works.push_back(pull(*first));
    begin(task.works.front(), now);
    return task;
}

std::optional<Task> Schedule::take_again(Now now) {
    for (const auto& [id, work] : aside_) {
        if (work.due > now.steady || !is_next(work)) continue;
        Task task{Task::Kind::again, {}};
        task.works.push_back(pull(WorkId(id)));
        return task;
    }
    return std::nullopt;
}

std::optional<Task> Schedule::take_fresh(Now now) {
    if (const auto due = batch_is_due(); !due || *due > now.steady) return std::nullopt;
    Task task{Task::Kind::fresh, {}};
    const std::size_t most = batch_size();
    task.works.reserve(std::min(most, queue_.size()));
    for (auto work = queue_.begin(); work != queue_.end() && task.works.size() < most;) {
        if (is_held(*work)) {
            ++work;
            continue;
        }
        queued_bytes_ -= bytes_of(*work);
        task.works.push_back(std::move(*work));
        // From the front nothing has to move; elsewhere only where keys are held.
        work = work == queue_.begin() ? (queue_.pop_front(), queue_.begin()) : queue_.erase(work);
    }
    if (task.works.empty()) return std::nullopt;
    return task;
}

/// When what is queued may go; nothing while nothing is queued.
std::optional<SteadyTime> Schedule::batch_is_due() const {
    if (queue_.empty()) return std::nullopt;
    if (options_.batch.size == 0 || queue_.size() >= options_.batch.size) return SteadyTime::min();
    return queue_.front().queued + options_.batch.wait;
}

Work Schedule::pull(WorkId id) {
    if (const auto aside = aside_.find(id); aside != aside_.end()) {
        Work work = std::move(aside->second);
        aside_.erase(aside);
        return work;
    }
    const auto queued = std::ranges::find(queue_, id, &Work::id);
    Work work = std::move(*queued);
    queue_.erase(queued);
    queued_bytes_ -= bytes_of(work);
    return work;
}

void Schedule::begin(Work& work, Now now) {
    if (!work.was_tried()) work.first_attempt = now.wall;
    in_work_.emplace(work.id, work.recorded);
    if (is_ordered()) ++keys_in_work_[work.key];
}

void Schedule::end(const Work& work) {
    in_work_.erase(work.id);
    if (!is_ordered()) return;
    const auto key = keys_in_work_.find(work.key);
    if (--key->second == 0) keys_in_work_.erase(key);
}

/// Evenly spread: no burst after a rest.
void Schedule::pay(std::size_t events, Now now) {
    if (options_.rate == 0) return;
    const nanoseconds each = nanoseconds(std::chrono::seconds(1)) / options_.rate;
    free_at_ = std::max(free_at_, now.steady) + each * static_cast<nanoseconds::rep>(events);
}

/// What is due already and was not taken waits for something else than time.
std::optional<SteadyTime> Schedule::next_turn(Now now) const {
    SteadyTime next = never;
    const auto note = [&](SteadyTime time) {
        if (time > now.steady) next = std::min(next, time);
    };
    const bool waits = !queue_.empty() || !aside_.empty();
    if (is_down()) {
        if (waits) note(probe_at_);
        return next == never ? std::nullopt : std::optional(next);
    }
    if (waits) note(free_at_);
    if (const auto due = batch_is_due()) note(*due);
    for (const auto& [id, work] : aside_) note(work.due);
    return next == never ? std::nullopt : std::optional(next);
}

Changes Schedule::report(Task task, std::vector<Result> results, Now now) {
    Changes changes;
    const Result* down = nullptr;
    for (std::size_t i = 0; i < task.works.size(); ++i) {
        Work& work = task.works[i];
        Result& result = results[i];
        end(work);
        if (skipped_in_work_.erase(work.id) > 0) {
            release_key(work, now.steady);
            continue;
        }
        if (result.by == Result::By::sink) note_answer(task, result.verdict, changes);
        if (result.by == Result::By::sink && result.verdict == Verdict::sink_down) down = &result;
        settle_result(std::move(work), result, now, changes);
    }
    if (down != nullptr) note_down(task, *down, now, changes);
    return changes;
}

/// A sink that says anything at all to a probe is there. What was on its way when it went down says nothing
/// of now.
void Schedule::note_answer(const Task& task, Verdict verdict, Changes& changes) {
    if (task.kind != Task::Kind::probe || verdict == Verdict::sink_down || !is_down()) return;
    down_since_.reset();
    probes_failed_ = 0;
    changes.sink = Changes::Sink::up;
}

void Schedule::settle_result(Work work, Result& result, Now now, Changes& changes) {
    if (result.by == Result::By::retention) return settle_lost(work, now, changes);
    if (result.by == Result::By::nobody) return requeue(std::move(work), now);
    switch (result.verdict) {
        case Verdict::delivered: return settle_delivered(work, now, changes);
        case Verdict::dead:
            if (result.by == Result::By::sink) ++work.attempts;
            return bury(std::move(work), std::move(result.failure), now, changes);
        case Verdict::retry: return fail(std::move(work), std::move(result), now, changes);
        case Verdict::sink_down: return halt(std::move(work), result, now, changes);
        case Verdict::gone:
            changes.sink = Changes::Sink::gone;
            changes.reason = result.failure.result;
            return requeue(std::move(work), now);
    }
}

/// Retention took it while it waited.
void Schedule::settle_lost(const Work& work, Now now, Changes& changes) {
    settle(work.id);
    release_key(work, now.steady);
    ++changes.lost;
}

Changes Schedule::reject(Work work, Failure failure, Now now) {
    Changes changes;
    const bool is_known = work.id.letter != 0 || take_back(work) || progress_.is_aside(work.id.seq);
    if (!is_known && (work.id.seq <= skipped_to_ || !progress_.take(work.id.seq))) return changes;
    if (!work.was_tried()) work.first_attempt = now.wall;
    bury(std::move(work), std::move(failure), now, changes);
    return changes;
}

void Schedule::settle_delivered(Work& work, Now now, Changes& changes) {
    settle(work.id);
    release_key(work, now.steady);
    if (work.id.letter != 0) return changes.redelivered.push_back(work.id.letter);
    ++changes.delivered;
}

void Schedule::settle(WorkId id) {
    if (id.letter == 0) progress_.settle(id.seq);
}

void Schedule::bury(Work work, Failure failure, Now now, Changes& changes) {
    settle(work.id);
    release_key(work, now.steady);
    if (work.first_failure.result.empty()) work.first_failure = failure;
    changes.dead.emplace_back(std::move(work), std::move(failure));
}

void Schedule::fail(Work work, Result result, Now now, Changes& changes) {
    ++work.attempts;
    if (work.first_failure.result.empty()) {
        work.first_failure.time = result.failure.time;
        work.first_failure.result = result.failure.result;
    }
    if (is_given_up(work.attempts, since(work.first_attempt, now), options_.retry))
        return bury(std::move(work), std::move(result.failure), now, changes);
    ++changes.retried;
    const milliseconds pause = pause_after(work.attempts, options_.retry, chance_());
    work.due = now.steady + std::max(pause, result.retry_after.value_or(milliseconds(0)));
    const std::string key = work.key;
    step_aside(std::move(work));
    if (is_ordered()) step_aside_behind(key);
}

void Schedule::halt(Work work, const Result& result, Now now, Changes& changes) {
    if (is_given_up(0, since(work.first_attempt, now), options_.retry))
        return bury(std::move(work), result.failure, now, changes);
    requeue(std::move(work), now);
}

/// An outage has one more failure when a probe fails, not with each of the tasks that were on their way.
void Schedule::note_down(const Task& task, const Result& result, Now now, Changes& changes) {
    const bool is_news = !is_down();
    if (is_news) {
        down_since_ = now.wall;
        changes.sink = Changes::Sink::down;
        changes.reason = result.failure.result;
    }
    if (!is_news && task.kind != Task::Kind::probe) return;
    ++probes_failed_;
    const milliseconds pause = pause_after(probes_failed_, options_.retry, chance_());
    probe_at_ = now.steady + std::max(pause, result.retry_after.value_or(milliseconds(0)));
    give_up_old(result.failure, now, changes);
}

/// What waits behind a sink that is down would have been tried when it went down.
void Schedule::give_up_old(const Failure& failure, Now now, Changes& changes) {
    const auto is_old = [&](const Work& work) {
        const auto begin = work.was_tried() ? work.first_attempt : std::max(*down_since_, work.recorded);
        return is_given_up(0, since(begin, now), options_.retry);
    };
    std::vector<WorkId> old;
    for (const auto& [id, work] : aside_)
        if (is_old(work)) old.push_back(id);
    for (const Work& work : queue_)
        if (is_old(work)) old.push_back(work.id);
    std::ranges::sort(old);
    for (const WorkId id : old) bury(pull(id), failure, now, changes);
}

void Schedule::step_aside(Work work) {
    work.forget_event();
    if (work.id.letter == 0) progress_.step_aside(work.aside());
    const WorkId id = work.id;
    std::set<WorkId>* const of_key = is_ordered() ? &blocked_[work.key] : nullptr;
    if (of_key != nullptr) of_key->insert(id);
    aside_.emplace(id, std::move(work));
    // It may be in front of all that are aside: a dead letter that is tried again, or read again after a
    // crash.
    if (of_key != nullptr) wake_next(*of_key, SteadyTime::min());
}

/// Those with the same key wait for it, and let all others pass.
void Schedule::step_aside_behind(const std::string& key) {
    for (auto work = queue_.begin(); work != queue_.end();) {
        if (work->key != key) {
            ++work;
            continue;
        }
        queued_bytes_ -= bytes_of(*work);
        work->due = never;
        step_aside(std::move(*work));
        work = queue_.erase(work);
    }
}

/// The next of its key has its turn.
void Schedule::release_key(const Work& work, SteadyTime due) {
    if (!is_ordered()) return;
    const auto key = blocked_.find(work.key);
    if (key == blocked_.end() || key->second.erase(work.id) == 0) return;
    if (key->second.empty()) {
        blocked_.erase(key);
        return;
    }
    wake_next(key->second, due);
}

/// Who is in front waits for none of its key.
void Schedule::wake_next(const std::set<WorkId>& of_key, SteadyTime due) {
    const auto next = aside_.find(*of_key.begin());
    if (next != aside_.end() && next->second.due == never) next->second.due = due;
}

/// Back to where it came from.
void Schedule::requeue(Work work, Now now) {
    work.due = now.steady;
    const bool was_aside = (work.id.letter == 0 && progress_.is_aside(work.id.seq)) ||
                           (is_ordered() && blocked_.contains(work.key));
    if (was_aside)
        step_aside(std::move(work));
    else
        enqueue(std::move(work));
}

void Schedule::enqueue(Work work) {
    queued_bytes_ += bytes_of(work);
    if (queue_.empty() || queue_.back().id < work.id) return queue_.push_back(std::move(work));
    const auto place = std::ranges::upper_bound(queue_, work.id, {}, &Work::id);
    queue_.insert(place, std::move(work));
}

}  // namespace tocsin::daemon::pipeline
