// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/pipelines.hpp"

#include <pthread.h>

#include <algorithm>
#include <future>
#include <utility>

#include "common/core/error.hpp"

namespace tocsin::daemon::pipeline {
namespace {

using core::Code;
using core::Error;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds look_pause{250};
constexpr std::size_t letters_per_page = 50;  // each may hold a large event
constexpr seconds stuck_limit{10};            // what is stuck does not hold up its successor for longer

Error unknown(const std::string& name) {
    return Error(Code::not_found, "there is no pipeline '" + name + "'",
                 "see 'tocsin pipeline list' for those that there are");
}

bool is_settled(const Cursor& cursor, Seq seq) {
    return seq <= cursor.position ||
           std::ranges::any_of(cursor.settled, [seq](const core::SequenceRange& range) {
               return range.first <= seq && seq <= range.last;
           });
}

/// The event was in work when the daemon died.
void note_death(Cursor& cursor, Seq seq) {
    const auto place = std::ranges::lower_bound(cursor.aside, seq, {}, &Aside::seq);
    if (place != cursor.aside.end() && place->seq == seq) {
        ++place->deaths;
    } else if (!is_settled(cursor, seq)) {
        Aside aside;
        aside.seq = seq;
        aside.deaths = 1;
        cursor.aside.insert(place, aside);
    }
}

}  // namespace

Pipelines::Pipelines(eventlog::EventLog& log, DeliveryStore& store, InWork& in_work, const core::Clock& clock,
                     Notify notify)
    : store_(store), clock_(clock), around_{log, store, in_work, clock, std::move(notify)} {}

Pipelines::~Pipelines() { stop(seconds(10)); }

void Pipelines::begin(std::vector<Blueprint> blueprints, const std::vector<Mark>& marks) {
    for (Kept& kept : store_.pipelines()) kept_.emplace(kept.name, std::move(kept));
    std::set<std::string> marked;
    for (const Mark& mark : marks)
        if (const auto kept = kept_.find(mark.pipeline); kept != kept_.end()) {
            note_death(kept->second.cursor, mark.seq);
            marked.insert(mark.pipeline);
        }
    write_down(marked);
    reconfigure(std::move(blueprints));
    has_begun_ = true;
    watch_ = around_.log.watch([this] {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, slot] : slots_) slot.pipeline->ring();
    });
    overseer_ = std::jthread([this](const std::stop_token& stop) { oversee(stop); });
    pthread_setname_np(overseer_.native_handle(), "pipelines");
}

/// And waits for it: an event that takes the daemon with it at once, before the next commit, would never have
/// died but once.
void Pipelines::write_down(const std::set<std::string>& names) {
    std::vector<std::future<void>> written;
    for (const std::string& name : names) {
        const Kept& kept = kept_.at(name);
        const auto done = std::make_shared<std::promise<void>>();
        written.push_back(done->get_future());
        Settlement settlement;
        settlement.pipeline = name;
        settlement.cursor = kept.cursor;
        settlement.standing = kept.standing;
        settlement.totals = kept.totals;
        store_.settle(std::move(settlement),
                      [done](Settlement&&, const std::optional<Error>&) { done->set_value(); });
    }
    for (const std::future<void>& one : written) one.wait();
}

/// Where a pipeline goes on: the name is its identity.
Kept Pipelines::begin_of(const Options& options) {
    if (const auto known = kept_.extract(options.name)) return std::move(known.mapped());
    Kept kept;
    kept.name = options.name;
    if (const Seq* seq = std::get_if<Seq>(&options.start)) kept.cursor.position = std::max<Seq>(*seq, 1) - 1;
    if (std::holds_alternative<AtHead>(options.start)) kept.cursor.position = around_.log.head();
    return kept;
}

/// Needs `mutex_`.
std::shared_ptr<Pipeline> Pipelines::make(Blueprint blueprint) {
    Kept kept = begin_of(blueprint.options);
    auto pipeline = std::make_shared<Pipeline>(std::move(blueprint), std::move(kept), around_);
    pipeline->start();
    return pipeline;
}

void Pipelines::reconfigure(std::vector<Blueprint> blueprints) {
    std::vector<std::shared_ptr<Pipeline>> begun;
    {
        const std::lock_guard lock(mutex_);
        for (auto& [name, slot] : slots_)
            if (std::ranges::find(blueprints, name, [](const Blueprint& one) { return one.options.name; }) ==
                blueprints.end()) {
                slot.next.reset();
                end(slot);
            }
        for (Blueprint& blueprint : blueprints) {
            const std::string name = blueprint.options.name;
            const auto slot = slots_.find(name);
            if (slot == slots_.end()) {
                begun.push_back(
                    slots_.emplace(name, Slot{make(std::move(blueprint))}).first->second.pipeline);
            } else if (!slot->second.is_ending &&
                       slot->second.pipeline->options().description == blueprint.options.description) {
                slot->second.pipeline->reopen();
            } else {
                slot->second.next = std::move(blueprint);
                end(slot->second);
            }
        }
    }
    const Seq first = around_.log.extent().first;
    for (const auto& pipeline : begun) {
        pipeline->settle();  // where it begins is on disk no later than the first event behind
        pipeline->note_trimmed(first);
    }
    wake_.notify_all();
}

/// Needs `mutex_`.
void Pipelines::end(Slot& slot) {
    if (!slot.is_ending) slot.ending_since = clock_.steady();
    slot.is_ending = true;
    slot.pipeline->stop(Pipeline::Stop::in_its_time);
}

void Pipelines::stop(milliseconds limit) {
    overseer_.request_stop();
    if (overseer_.joinable()) overseer_.join();
    watch_.reset();
    const auto pipelines = all();
    for (const auto& pipeline : pipelines) pipeline->stop(Pipeline::Stop::soon);
    const auto until = clock_.steady() + limit;
    for (const auto& pipeline : pipelines)
        if (!pipeline->wait_until_over(until)) pipeline->abandon();
    const std::lock_guard lock(mutex_);
    slots_.clear();
}

void Pipelines::oversee(const std::stop_token& stop) noexcept {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const bool is_changing =
            std::ranges::any_of(slots_, [](const auto& slot) { return slot.second.is_ending; });
        wake_.wait_for(lock, stop, is_changing ? look_pause / 10 : look_pause, [] { return false; });
        lock.unlock();
        for (const auto& pipeline : all()) pipeline->watch();
        succeed();
        lock.lock();
    }
}

/// Pipelines that have ended are followed by their new form, if there is one.
void Pipelines::succeed() {
    std::vector<std::string> ending;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, slot] : slots_)
            if (slot.is_ending) ending.push_back(name);
    }
    for (const std::string& name : ending)
        if (const auto begun = succeed(name)) begun->note_trimmed(around_.log.extent().first);
}

/// The successor that has begun, if one has.
std::shared_ptr<Pipeline> Pipelines::succeed(const std::string& name) {
    const auto old = find(name);
    const bool is_over = old->wait_until_over(clock_.steady());
    const bool is_stuck = old->status().state == State::stuck;
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_.at(name);
    const bool is_given_up = is_stuck && clock_.steady() - slot.ending_since > stuck_limit;
    if (!is_over && !is_given_up) return nullptr;
    old->abandon();
    kept_.insert_or_assign(name, old->kept());
    std::optional<Blueprint> next = std::move(slot.next);
    if (!next) {
        slots_.erase(name);
        return nullptr;
    }
    slot = Slot{make(std::move(*next))};
    slot.pipeline->redeliver(old->letters());
    return slot.pipeline;
}

std::vector<std::shared_ptr<Pipeline>> Pipelines::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Pipeline>> all;
    for (const auto& [name, slot] : slots_) all.push_back(slot.pipeline);
    return all;
}

std::shared_ptr<Pipeline> Pipelines::find(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(name);
    if (slot == slots_.end()) throw unknown(name);
    return slot->second.pipeline;
}

/// Needs `mutex_`. A pipeline that a reload has removed ends what is in work, and takes nothing up.
bool Pipelines::is_there(const std::string& name) const {
    const auto slot = slots_.find(name);
    return slot != slots_.end() && (!slot->second.is_ending || slot->second.next);
}

std::vector<Status> Pipelines::status() const {
    std::vector<Status> status;
    for (const auto& pipeline : all()) status.push_back(pipeline->status());
    return status;
}

Status Pipelines::status(const std::string& name) const { return find(name)->status(); }

void Pipelines::pause(const std::string& name, std::string who, Pipeline::Done done) {
    find(name)->pause(std::move(who), std::move(done));
}

void Pipelines::resume(const std::string& name, Pipeline::Done done) {
    const auto pipeline = find(name);
    if (pipeline->options().use == Options::Use::disabled)
        throw Error(Code::conflict, "the configuration says enabled = false for '" + name + "'",
                    "write enabled = true, and reload");
    pipeline->resume(std::move(done));
    pipeline->note_trimmed(around_.log.extent().first);  // it did not hold the log while it was disabled
}

void Pipelines::skip(const std::string& name, std::optional<Seq> to, SkipDone done) {
    find(name)->skip(to, std::move(done));
}

std::uint64_t Pipelines::redeliver(const DeadQuery& query) {
    std::map<std::string, std::vector<DeadId>> letters;
    DeadQuery page = query;
    page.limit = letters_per_page;
    while (true) {
        const auto some = store_.dead_letters(page);
        for (const DeadLetter& letter : some) letters[letter.pipeline].push_back(letter.id);
        if (some.empty()) break;
        page.after = some.back().id;
    }
    std::uint64_t count = 0;
    const bool is_named = !query.pipeline.empty() || !query.ids.empty();
    const std::lock_guard lock(mutex_);
    for (const auto& [name, ids] : letters)
        if (is_named && !is_there(name)) throw unknown(name);
    for (auto& [name, ids] : letters) {
        if (!is_there(name)) continue;  // its letters wait until it is configured again
        count += ids.size();
        slots_.at(name).pipeline->redeliver(std::move(ids));
    }
    return count;
}

std::uint64_t Pipelines::drop(const DeadQuery& query) {
    const std::uint64_t count = store_.drop(query);
    for (const auto& pipeline : all())
        pipeline->note_dead_letters(store_.count({.pipeline = pipeline->options().name}));
    return count;
}

std::vector<eventlog::Hold> Pipelines::holds() const {
    std::vector<eventlog::Hold> holds;
    if (!has_begun_) holds.push_back({"the pipelines, which are about to begin", 0});
    for (const auto& pipeline : all())
        if (const auto floor = pipeline->hold())
            holds.push_back({"pipeline " + pipeline->options().name, *floor});
    return holds;
}

void Pipelines::note_trimmed(Seq first) {
    for (const auto& pipeline : all()) pipeline->note_trimmed(first);
}

}  // namespace tocsin::daemon::pipeline
