// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/pipeline.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "common/core/error.hpp"
#include "common/event/json_text.hpp"
#include "daemon/eventlog/damage.hpp"
#include "daemon/pipeline/evaluation.hpp"

namespace tocsin::daemon::pipeline {
namespace {

using core::Error;

constexpr std::size_t events_per_page = 512;
constexpr std::size_t page_max_bytes = 4U << 20;

std::function<double()> evenly_spread() {
    return [engine = std::mt19937_64(core::random_bits())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

}  // namespace

std::string_view name_of(State state) noexcept {
    static constexpr std::array<std::string_view, 7> names{"running", "idle",     "down",    "stuck",
                                                           "paused",  "disabled", "changing"};
    return names.at(static_cast<std::size_t>(state));
}

/// An event as the dispatcher found it: wanted, or with a reason to be a dead letter at once.
struct Pipeline::Judged {
    Work work;
    std::optional<Failure> failure;
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

Pipeline::~Pipeline() = default;

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
    eventlog::Page page = ahead_.take(after);
    if (page.scanned_to == 0) page = next_page(after);
    read_ahead(page.scanned_to);
    judged_.clear();
    std::string json;  // of one event after another: many are not wanted
    for (event::Event& event : page.events) {
        json.clear();
        event::append_json(event, json);
        auto one = judge(stages, watched, event, json);
        if (is_ending()) return false;
        if (one) judged_.push_back(std::move(*one));
    }
    offer(judged_, page.scanned_to);
    return true;
}

/// While one page is judged the next one is read, as long as the log is far ahead: reading is the greater
/// half.
void Pipeline::read_ahead(Seq after) {
    if (after + events_per_page > around_.log.head()) return;
    try {
        ahead_.begin(after, [this, after] { return next_page(after); });
    } catch (const std::system_error&) {
        // There is no thread to be had: it is read when it is needed.
    }
}

/// A damaged event can't be delivered and must not stand in the way of the others. Anything else may be
/// mended by trying again.
eventlog::Page Pipeline::next_page(Seq after) {
    const eventlog::Query query{.after = after,
                                .types = options().from,
                                .source = {},
                                .limit = events_per_page,
                                .max_bytes = page_max_bytes};
    return eventlog::read_past_damage(around_.log, query, [this](const Error& error) {
        const bool is_damage = error.code() == core::Code::internal;
        if (is_damage) note_error(error.what());
        return is_damage;
    });
}

/// Nothing when the event is not wanted. Takes it otherwise.
std::optional<Pipeline::Judged> Pipeline::judge(Stages& stages, Watched& watched, event::Event& event,
                                                const std::string& json) {
    if (const auto deadly = deadly_.find(event.seq); deadly != deadly_.end())
        return Judged{to_work(std::move(event), json), this->deadly(deadly->second)};
    Judgement judgement;
    if (stages.judging() == Stages::Trust::sure) {
        judgement = stages.judge(json);
    } else {
        const Evaluation evaluation(*this, watched, event.seq);
        judgement = stages.judge(json);
    }
    if (judgement.kind == Judgement::Kind::unwanted) return std::nullopt;
    Judged judged{to_work(std::move(event), json), std::nullopt};
    if (judgement.kind == Judgement::Kind::failed)
        judged.failure = failure_of("where", judgement.error, around_.clock.now());
    else
        find_key(stages, watched, judged);
    return judged;
}

void Pipeline::find_key(Stages& stages, Watched& watched, Judged& judged) {
    if (options().ordering == Ordering::none) return;
    const Evaluation evaluation(*this, watched, judged.work.id.seq);
    const Outcome outcome = stages.key(judged.work.json);
    if (outcome.error) {
        judged.failure = failure_of("order_by", *outcome.error, around_.clock.now());
    } else if (!outcome.values.empty()) {
        judged.work.key = outcome.values.front();
    }
}

void Pipeline::offer(std::span<Judged> judged, std::optional<Seq> scanned_to) {
    {
        const std::lock_guard lock(mutex_);
        const Now time = now();
        for (Judged& one : judged) {
            const bool is_letter = one.work.id.letter != 0;
            bool is_taken = true;
            if (one.failure) {
                Changes changes = schedule_.reject(std::move(one.work), std::move(*one.failure), time);
                is_taken = !changes.dead.empty();
                apply(std::move(changes));
            } else {
                is_taken = schedule_.offer(std::move(one.work), time);
            }
            if (is_taken && !is_letter) ++matched_;
        }
        if (scanned_to) schedule_.pass(*scanned_to);
    }
    if (!judged.empty()) wake_workers_.notify_all();
    tell();
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
    {
        const std::lock_guard lock(mutex_);
        if (judged.work.event && judged.work.deaths >= most_deaths)
            judged.failure = deadly(judged.work.deaths);
        if (judged.failure)
            apply(schedule_.reject(std::move(judged.work), std::move(*judged.failure), now()));
        else
            schedule_.restore(std::move(judged.work), now());
    }
    tell();
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
    offer(judged, std::nullopt);
}

}  // namespace tocsin::daemon::pipeline
