// SPDX-License-Identifier: Apache-2.0
// The workers of a pipeline: what they take, how they deliver it, and what they report.
#include <algorithm>
#include <thread>
#include <utility>

#include "daemon/pipeline/evaluation.hpp"
#include "daemon/pipeline/pipeline.hpp"

namespace tocsin::daemon::pipeline {
namespace {

constexpr std::size_t messages_per_event = 10'000;

}  // namespace

/// A task on its way to the sink.
struct Pipeline::Attempt {
    Task task;
    std::vector<Result> results;       // of each work
    std::vector<Message> messages;     // of all of them
    std::vector<std::size_t> of_work;  // for each message, its work
    std::vector<Run> runs;
};

void Pipeline::work(Watched& watched) noexcept {
    std::unique_ptr<Stages> stages;
    while (!stages && !is_ending()) {
        try {
            stages = blueprint_.make_stages();
        } catch (const std::exception& error) {
            note_error(error.what());
            std::this_thread::sleep_for(trouble_pause);
        }
    }
    while (auto task = next_task()) attend(std::move(*task), *stages, watched);
}

/// Nothing when the pipeline ends.
std::optional<Task> Pipeline::next_task() {
    std::unique_lock lock(mutex_);
    while (!is_ending()) {
        const Now time = now();
        std::optional<core::SteadyTime> next;
        if (may_run()) {
            if (auto task = schedule_.take(time)) return task;
            next = schedule_.next_turn(time);
        }
        if (next)
            wake_workers_.wait_until(lock, *next);
        else
            wake_workers_.wait(lock);
    }
    return std::nullopt;
}

void Pipeline::attend(Task task, Stages& stages, Watched& watched) noexcept {
    Attempt attempt{std::move(task), {}, {}, {}, {}};
    attempt.results.resize(attempt.task.works.size());
    for (Result& result : attempt.results) result.by = Result::By::nobody;
    try {
        for (std::size_t i = 0; i < attempt.task.works.size() && !abandoned_; ++i)
            prepare(attempt, i, stages, watched);
        if (abandoned_) return;  // it was stuck, and others have taken over
        deliver(attempt);
    } catch (const std::exception& error) {  // the log can't be read, or memory is short
        note_error(error.what());
        std::this_thread::sleep_for(trouble_pause);
    }
    report(std::move(attempt));
}

/// Reads the event again where only its place is known. Without one it is gone from the log.
void Pipeline::load(Work& work) const {
    if (work.event) return;
    std::optional<event::Event> event;
    if (work.id.letter == 0) {
        event = around_.log.get(work.id.seq);
    } else {
        auto letters = around_.store.dead_letters({.pipeline = options().name, .ids = {work.id.letter}});
        if (!letters.empty()) event = std::move(letters.front().event);
    }
    if (!event) return;
    Work loaded = to_work(std::move(*event));
    work.event = std::move(loaded.event);
    work.json = std::move(loaded.json);
    work.recorded = loaded.recorded;
}

void Pipeline::prepare(Attempt& attempt, std::size_t index, Stages& stages, Watched& watched) {
    Work& work = attempt.task.works[index];
    Result& result = attempt.results[index];
    load(work);
    if (!work.event) {
        result.by = Result::By::retention;
        return;
    }
    if (!stages.maps())
        return add_messages(attempt, index, std::vector<std::string>(1, work.json), Message::Shape::event);
    Outcome outcome;
    {
        const Evaluation evaluation(*this, watched, work.id.seq);
        outcome = stages.map(work.json);
    }
    if (abandoned_) return;
    if (outcome.values.size() > messages_per_event)
        outcome.error = "more than " + std::to_string(messages_per_event) + " outputs";
    result.by = Result::By::expression;
    if (outcome.error) {
        result.verdict = Verdict::dead;
        result.failure = failure_of("map", *outcome.error, around_.clock.now());
    } else {
        add_messages(attempt, index, std::move(outcome.values), Message::Shape::mapped);
    }
}

/// An event that `map` makes nothing of is delivered as it is: not at all.
void Pipeline::add_messages(Attempt& attempt, std::size_t index, std::vector<std::string> bodies,
                            Message::Shape shape) {
    const Work& work = attempt.task.works[index];
    Result& result = attempt.results[index];
    if (work.messages_done < bodies.size()) result.by = Result::By::nobody;
    for (std::size_t part = work.messages_done; part < bodies.size(); ++part) {
        Message message;
        message.event = &*work.event;
        message.shape = shape;
        message.body = std::move(bodies[part]);
        message.id = work.event->id + (part == 0 ? "" : "." + std::to_string(part + 1));
        message.attempt = work.attempts + 1;
        attempt.messages.push_back(std::move(message));
        attempt.of_work.push_back(index);
    }
}

/// A part at a time; the first that is not delivered ends it, so that nothing overtakes.
void Pipeline::deliver(Attempt& attempt) {
    const std::size_t most = options().batch.size > 0 ? options().batch.size : sink_->most_messages();
    const std::span<const Message> all = attempt.messages;
    for (std::size_t begin = 0; begin < all.size();) {
        const auto part = all.subspan(begin, std::min(most, all.size() - begin));
        const Delivery delivery = call_sink(part, attempt);
        const bool is_delivered = delivery.verdict == Verdict::delivered;
        const std::size_t taken = is_delivered ? part.size() : std::min(delivery.taken, part.size());
        note_delivered(attempt, begin, taken);
        if (!is_delivered) return note_undelivered(attempt, begin + taken, begin + part.size(), delivery);
        begin += part.size();
    }
}

void Pipeline::note_delivered(Attempt& attempt, std::size_t begin, std::size_t count) {
    for (std::size_t i = begin; i < begin + count; ++i) {
        const std::size_t index = attempt.of_work[i];
        ++attempt.task.works[index].messages_done;
        const bool is_last = i + 1 == attempt.of_work.size() || attempt.of_work[i + 1] != index;
        if (is_last)
            attempt.results[index] = {.by = Result::By::sink, .verdict = Verdict::delivered, .failure = {}};
    }
}

void Pipeline::note_undelivered(Attempt& attempt, std::size_t begin, std::size_t end,
                                const Delivery& delivery) {
    const bool was_stopped = delivery.verdict == Verdict::sink_down && stop_sinks_.stop_requested();
    if (was_stopped) return;
    for (std::size_t i = begin; i < end; ++i) {
        Result& result = attempt.results[attempt.of_work[i]];
        result.by = Result::By::sink;
        result.verdict = delivery.verdict;
        result.retry_after = delivery.retry_after;
        result.failure = {.time = around_.clock.now(),
                          .result = delivery.result,
                          .output = delivery.output,
                          .errors = delivery.errors,
                          .run = attempt.runs.back().id};
    }
}

Delivery Pipeline::call_sink(std::span<const Message> messages, Attempt& attempt) {
    const bool is_recorded = sink_->reach() == Sink::Reach::host && attempt.task.kind != Task::Kind::probe;
    const event::Event& first = *messages.front().event;
    Run run;
    run.started = around_.clock.now();
    run.id = core::to_text(ids_.next(run.started));
    const auto begun = around_.clock.steady();
    const std::size_t place = is_recorded ? around_.in_work.begin(options().name, first.seq) : 0;
    Delivery delivery = sink_->deliver(messages, {options().name, run.id}, stop_sinks_.get_token());
    if (is_recorded) around_.in_work.end(place);
    run.duration = std::chrono::duration_cast<std::chrono::microseconds>(around_.clock.steady() - begun);
    run.pipeline = options().name;
    run.seq = first.seq;
    run.event_id = first.id;
    run.messages = static_cast<std::uint32_t>(messages.size());
    run.attempt = messages.front().attempt;
    run.verdict = name_of(delivery.verdict);
    run.result = delivery.result;
    run.output = delivery.output;
    run.errors = delivery.errors;
    attempt.runs.push_back(std::move(run));
    return delivery;
}

void Pipeline::report(Attempt attempt) {
    {
        const std::lock_guard lock(mutex_);
        for (Run& run : attempt.runs) keep_run(std::move(run));
        apply(schedule_.report(std::move(attempt.task), std::move(attempt.results), now()));
    }
    wake_workers_.notify_all();
    bell_.ring();
    tell();
    settle();
}

/// Needs `mutex_`.
void Pipeline::keep_run(Run run) {
    latency_.observe(run.duration);
    if (run.verdict != name_of(Verdict::delivered)) set_error(run.result);
    // Only the store needs what it printed.
    std::string output = std::exchange(run.output, {});
    std::string errors = std::exchange(run.errors, {});
    last_run_ = run;
    run.output = std::move(output);
    run.errors = std::move(errors);
    if (pending_runs_.size() == kept_runs) pending_runs_.erase(pending_runs_.begin());
    pending_runs_.push_back(std::move(run));
    ++version_;
}

/// Needs `mutex_`.
void Pipeline::apply(Changes changes) {
    ++version_;
    totals_.delivered += changes.delivered;
    totals_.retried += changes.retried;
    totals_.skipped += changes.lost;
    recent_.add(changes.delivered, around_.clock.steady());
    for (const DeadId id : changes.redelivered) {
        pending_redelivered_.push_back(id);
        dead_letters_ -= std::min<std::uint64_t>(dead_letters_, 1);
    }
    for (const auto& [work, failure] : changes.dead) {
        pending_dead_.push_back(to_letter(work, failure));
        set_error(failure.result);
        if (work.id.letter != 0) continue;
        ++totals_.dead;
        if (dead_letters_++ == 0)
            untold_.push_back(
                {Notice::What::dead, options().name, failure.result, {work.id.seq, work.id.seq}, 1});
    }
    if (changes.sink == Changes::Sink::same) return;
    down_reason_ = changes.reason;
    if (changes.sink == Changes::Sink::gone)
        standing_ = {Standing::State::disabled, changes.reason, around_.clock.now()};
    const auto what = changes.sink == Changes::Sink::down ? Notice::What::down
                      : changes.sink == Changes::Sink::up ? Notice::What::up
                                                          : Notice::What::disabled;
    untold_.push_back({what, options().name, changes.reason, {}, 0});
}

DeadLetter Pipeline::to_letter(const Work& work, const Failure& failure) const {
    DeadLetter letter;
    letter.id = work.id.letter;
    letter.pipeline = options().name;
    letter.seq = work.id.seq;
    if (work.id.letter == 0) letter.event = work.event;
    letter.attempts = work.attempts;
    letter.since = around_.clock.now();
    letter.first_failed = work.first_failure.time;
    letter.first_result = work.first_failure.result;
    letter.last = failure;
    return letter;
}

}  // namespace tocsin::daemon::pipeline
