// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/pipeline.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <thread>
#include <utility>

#include "common/core/error.hpp"
#include "common/event/json_text.hpp"
#include "daemon/eventlog/damage.hpp"

namespace tocsin::daemon::pipeline {
namespace {

using core::Error;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t events_per_page = 512;
constexpr std::size_t page_max_bytes = 4U << 20;
constexpr std::size_t messages_per_event = 10'000;
constexpr seconds trouble_pause{1};

constexpr std::array<std::string_view, 5> verdict_names{"delivered", "retry", "dead", "sink_down", "gone"};

std::string_view name_of(Verdict verdict) { return verdict_names.at(static_cast<std::size_t>(verdict)); }

std::function<double()> evenly_spread() {
    return [engine = std::mt19937_64(core::random_bits())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

Work to_work(event::Event event) {
    Work work;
    work.id.seq = event.seq;
    work.recorded = event.recorded;
    event::append_json(event, work.json);
    work.event = std::move(event);
    return work;
}

Failure failure_of(std::string_view stage, const std::string& error, core::Timestamp time) {
    return {.time = time, .result = std::string(stage) + ": " + error, .output = {}, .errors = {}, .run = {}};
}

}  // namespace

std::string_view name_of(State state) noexcept {
    static constexpr std::array<std::string_view, 7> names{"running", "idle",     "down",    "stuck",
                                                           "paused",  "disabled", "changing"};
    return names.at(static_cast<std::size_t>(state));
}

/// On record while an expression runs: it may take for ever, or bring the daemon down.
class Pipeline::Evaluation {
 public:
    Evaluation(Pipeline& pipeline, Watched& watched, Seq seq)
        : pipeline_(pipeline),
          watched_(watched),
          place_(pipeline.around_.in_work.begin(pipeline.options().name, seq)) {
        watched_.seq = seq;
        watched_.since = pipeline.around_.clock.steady().time_since_epoch().count();
    }
    Evaluation(const Evaluation&) = delete;
    Evaluation& operator=(const Evaluation&) = delete;
    ~Evaluation() {
        const bool was_told = watched_.told.load() == watched_.since.exchange(0);
        if (was_told) pipeline_.note_unstuck();
        if (!pipeline_.abandoned_) pipeline_.around_.in_work.end(place_);
    }

 private:
    Pipeline& pipeline_;
    Watched& watched_;
    std::size_t place_;
};

/// An event as the dispatcher found it: wanted, or with a reason to be a dead letter at once.
struct Pipeline::Judged {
    Work work;
    std::optional<Failure> failure;
    Judgement::Kind kind = Judgement::Kind::wanted;
};

/// A task on its way to the sink.
struct Pipeline::Attempt {
    Task task;
    std::vector<Result> results;       // of each work
    std::vector<Message> messages;     // of all of them
    std::vector<std::size_t> of_work;  // for each message, its work
    std::vector<Run> runs;
};

Pipeline::Pipeline(Blueprint blueprint, Kept kept, const Surroundings& around)
    : blueprint_(std::move(blueprint)),
      around_(around),
      sink_(blueprint_.make_sink()),
      schedule_(blueprint_.options, sink_->most_messages(), kept.cursor, evenly_spread()),
      standing_(std::move(kept.standing)),
      totals_(kept.totals),
      dead_letters_(kept.dead_letters),
      settled_floor_(schedule_.floor()) {
    for (const Aside& aside : kept.cursor.aside) {
        if (aside.seq <= kept.cursor.position) asides_.push_back(aside);
        if (aside.deaths >= most_deaths) deadly_.emplace(aside.seq, aside.deaths);
    }
    for (std::size_t i = 0; i <= options().parallel; ++i) watched_.push_back(std::make_unique<Watched>());
}

template <class Body>
void Pipeline::begin_thread(const std::string& name, Body body) {
    ++threads_;
    std::thread thread([self = shared_from_this(), body] {
        body(*self);
        const std::lock_guard lock(self->mutex_);
        --self->threads_;
        self->over_.notify_all();
    });
    pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
    thread.detach();  // `wait_until_over` is the join that may be given up
}

void Pipeline::start() {
    const std::lock_guard lock(mutex_);
    begin_thread("p." + options().name, [](Pipeline& self) { self.dispatch(*self.watched_.front()); });
    for (std::size_t i = 1; i < watched_.size(); ++i)
        begin_thread("w." + options().name, [i](Pipeline& self) { self.work(*self.watched_.at(i)); });
}

// The dispatcher.

void Pipeline::dispatch(Watched& watched) noexcept {
    std::unique_ptr<Stages> stages;
    while (!is_ending()) {
        try {
            if (!stages) stages = blueprint_.make_stages();
            if (!asides_.empty()) restore_asides(*stages, watched);
            take_letters(*stages, watched);
            const bool more = read_some(*stages, watched);
            settle();
            if (!more) rest();
        } catch (const std::exception& error) {
            note_error(error.what());
            bell_.wait(around_.clock.steady() + trouble_pause);
        }
    }
}

/// Until there is something to read, a letter to take, or time to settle what was passed.
void Pipeline::rest() {
    std::optional<core::SteadyTime> until;
    {
        const std::lock_guard lock(mutex_);
        if (is_ending()) return;
        if (version_ != settled_version_ || schedule_.floor() != settled_floor_) until = next_settle_;
        if (is_settling_) until.reset();
        const bool can_read = may_run() && schedule_.wants_more() && schedule_.read_to() < around_.log.head();
        if (can_read || (may_run() && !letters_.empty())) return;
    }
    bell_.wait(until);
}

bool Pipeline::read_some(Stages& stages, Watched& watched) {
    Seq after = 0;
    {
        const std::lock_guard lock(mutex_);
        if (!may_run() || !schedule_.wants_more()) return false;
        after = schedule_.read_to();
    }
    if (after >= around_.log.head()) return false;
    eventlog::Page page = next_page(after);
    std::vector<Judged> judged;
    judged.reserve(page.events.size());
    for (event::Event& event : page.events) {
        Judged one = judge(stages, watched, to_work(std::move(event)));
        if (is_ending()) return false;
        if (one.kind != Judgement::Kind::unwanted) judged.push_back(std::move(one));
    }
    offer(std::move(judged), page.scanned_to);
    return true;
}

/// A damaged event can't be delivered and must not stand in the way of the others.
eventlog::Page Pipeline::next_page(Seq after) {
    const eventlog::Query query{.after = after,
                                .types = options().from,
                                .source = {},
                                .limit = events_per_page,
                                .max_bytes = page_max_bytes};
    return eventlog::read_past_damage(around_.log, query,
                                      [this](const Error& error) { note_error(error.what()); });
}

Pipeline::Judged Pipeline::judge(Stages& stages, Watched& watched, Work work) {
    const Seq seq = work.id.seq;
    if (const auto deadly = deadly_.find(seq); deadly != deadly_.end())
        return {std::move(work), this->deadly(deadly->second), Judgement::Kind::failed};
    Judgement judgement;
    if (stages.judging() == Stages::Trust::sure) {
        judgement = stages.judge(work.json);
    } else {
        const Evaluation evaluation(*this, watched, seq);
        judgement = stages.judge(work.json);
    }
    Judged judged{std::move(work), std::nullopt, judgement.kind};
    if (judged.kind == Judgement::Kind::failed)
        judged.failure = failure_of("where", judgement.error, around_.clock.now());
    if (judged.kind == Judgement::Kind::wanted) find_key(stages, watched, judged);
    return judged;
}

void Pipeline::find_key(Stages& stages, Watched& watched, Judged& judged) {
    if (options().ordering == Ordering::none) return;
    const Evaluation evaluation(*this, watched, judged.work.id.seq);
    const Outcome outcome = stages.key(judged.work.json);
    if (outcome.error) {
        judged.kind = Judgement::Kind::failed;
        judged.failure = failure_of("order_by", *outcome.error, around_.clock.now());
    } else if (!outcome.values.empty()) {
        judged.work.key = outcome.values.front();
    }
}

void Pipeline::offer(std::vector<Judged> judged, std::optional<Seq> scanned_to) {
    std::vector<Notice> notices;
    {
        const std::lock_guard lock(mutex_);
        const Now time = now();
        for (Judged& one : judged) {
            const bool is_letter = one.work.id.letter != 0;
            bool is_taken = true;
            if (one.failure) {
                Changes changes = schedule_.reject(std::move(one.work), std::move(*one.failure), time);
                is_taken = !changes.dead.empty();
                apply(std::move(changes), notices);
            } else {
                is_taken = schedule_.offer(std::move(one.work), time);
            }
            if (is_taken && !is_letter) ++matched_;
        }
        if (scanned_to) schedule_.pass(*scanned_to);
    }
    if (!judged.empty()) wake_workers_.notify_all();
    tell(notices);
}

/// What was aside when the last daemon ended, with its key.
void Pipeline::restore_asides(Stages& stages, Watched& watched) {
    while (!asides_.empty()) {
        const Aside aside = asides_.front();
        Work work;
        work.id.seq = aside.seq;
        load(work);
        work.attempts = aside.attempts;
        work.deaths = aside.deaths;
        work.first_attempt = aside.first_attempt;
        Judged judged{std::move(work), std::nullopt};
        if (judged.work.event && aside.deaths < most_deaths) find_key(stages, watched, judged);
        restore(std::move(judged));
        asides_.erase(asides_.begin());
    }
    wake_workers_.notify_all();
}

Failure Pipeline::deadly(std::uint32_t deaths) const {
    return {.time = around_.clock.now(),
            .result = "the daemon died " + std::to_string(deaths) + " times while it was in work",
            .output = {},
            .errors = {},
            .run = {}};
}

void Pipeline::restore(Judged judged) {
    std::vector<Notice> notices;
    {
        const std::lock_guard lock(mutex_);
        if (judged.work.event && judged.work.deaths >= most_deaths)
            judged.failure = deadly(judged.work.deaths);
        if (judged.failure)
            apply(schedule_.reject(std::move(judged.work), std::move(*judged.failure), now()), notices);
        else
            schedule_.restore(std::move(judged.work), now());
    }
    tell(notices);
}

void Pipeline::take_letters(Stages& stages, Watched& watched) {
    std::vector<DeadId> ids;
    {
        const std::lock_guard lock(mutex_);
        if (!may_run() || letters_.empty() || !schedule_.wants_more()) return;
        const auto end =
            letters_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(letters_.size(), 100));
        ids.assign(letters_.begin(), end);
        letters_.erase(letters_.begin(), end);
    }
    std::vector<Judged> judged;
    for (DeadLetter& letter : around_.store.dead_letters({.pipeline = options().name, .ids = ids})) {
        if (!letter.event) continue;
        Work work = to_work(std::move(*letter.event));
        work.id.letter = letter.id;
        work.first_failure.time = letter.first_failed;
        work.first_failure.result = letter.first_result;
        judged.push_back({std::move(work), std::nullopt});
        find_key(stages, watched, judged.back());
    }
    offer(std::move(judged), std::nullopt);
}

// The workers.

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
        for (std::size_t i = 0; i < attempt.task.works.size(); ++i) prepare(attempt, i, stages, watched);
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
    if (!stages.maps()) return add_messages(attempt, index, {work.json}, Message::Shape::event);
    Outcome outcome;
    {
        const Evaluation evaluation(*this, watched, work.id.seq);
        outcome = stages.map(work.json);
    }
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
    std::vector<Notice> notices;
    {
        const std::lock_guard lock(mutex_);
        for (Run& run : attempt.runs) keep_run(std::move(run));
        apply(schedule_.report(std::move(attempt.task), std::move(attempt.results), now()), notices);
    }
    wake_workers_.notify_all();
    bell_.ring();
    tell(notices);
    settle();
}

/// Needs `mutex_`.
void Pipeline::keep_run(Run run) {
    latency_.observe(run.duration);
    if (run.verdict != name_of(Verdict::delivered)) set_error(run.result);
    last_run_ = run;
    last_run_->output.clear();
    last_run_->errors.clear();
    if (pending_runs_.size() == kept_runs) pending_runs_.erase(pending_runs_.begin());
    pending_runs_.push_back(std::move(run));
    ++version_;
}

/// Needs `mutex_`.
void Pipeline::apply(Changes changes, std::vector<Notice>& notices) {
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
            notices.push_back(
                {Notice::What::dead, options().name, failure.result, {work.id.seq, work.id.seq}, 1});
    }
    if (changes.sink == Changes::Sink::same) return;
    down_reason_ = changes.reason;
    if (changes.sink == Changes::Sink::gone)
        standing_ = {Standing::State::disabled, changes.reason, around_.clock.now()};
    const auto what = changes.sink == Changes::Sink::down ? Notice::What::down
                      : changes.sink == Changes::Sink::up ? Notice::What::up
                                                          : Notice::What::disabled;
    notices.push_back({what, options().name, changes.reason, {}, 0});
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
