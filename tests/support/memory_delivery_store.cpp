// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_delivery_store.hpp"

#include <algorithm>
#include <ranges>

namespace tocsin::tests {
namespace {

using daemon::pipeline::DeadId;
using daemon::pipeline::DeadLetter;
using daemon::pipeline::DeadQuery;
using daemon::pipeline::Kept;
using daemon::pipeline::Run;
using daemon::pipeline::Settlement;

bool fits(const DeadLetter& letter, const DeadQuery& query) {
    return letter.id > query.after && (query.pipeline.empty() || letter.pipeline == query.pipeline) &&
           (!query.since || letter.since >= *query.since) &&
           (query.ids.empty() || std::ranges::find(query.ids, letter.id) != query.ids.end());
}

}  // namespace

std::vector<Kept> MemoryDeliveryStore::pipelines() const {
    const std::lock_guard lock(mutex_);
    std::vector<Kept> all;
    for (const auto& [name, kept] : pipelines_) {
        all.push_back(kept);
        const auto is_of = [&, &pipeline = name](const auto& entry) {
            return entry.second.pipeline == pipeline;
        };
        all.back().dead_letters = static_cast<std::uint64_t>(std::ranges::count_if(letters_, is_of));
    }
    return all;
}

void MemoryDeliveryStore::settle(Settlement settlement, daemon::pipeline::Settled done) {
    apply(settlement);
    done(std::move(settlement), std::nullopt);
}

void MemoryDeliveryStore::apply(const Settlement& settlement) {
    const std::lock_guard lock(mutex_);
    pipelines_[settlement.pipeline] = {settlement.pipeline, settlement.cursor, settlement.standing,
                                       settlement.totals, 0};
    for (const DeadLetter& letter : settlement.dead) put(letter);
    for (const DeadId id : settlement.redelivered) letters_.erase(id);
    std::ranges::copy(settlement.runs, std::back_inserter(runs_));
}

/// Needs `mutex_`.
void MemoryDeliveryStore::put(const DeadLetter& letter) {
    if (letter.id == 0) {
        DeadLetter& kept = letters_[++last_id_] = letter;
        kept.id = last_id_;
        return;
    }
    const auto known = letters_.find(letter.id);
    if (known == letters_.end()) return;
    known->second.attempts += letter.attempts;
    known->second.since = letter.since;
    known->second.last = letter.last;
}

std::vector<DeadLetter> MemoryDeliveryStore::dead_letters(const DeadQuery& query) const {
    const std::lock_guard lock(mutex_);
    std::vector<DeadLetter> found;
    for (const auto& [id, letter] : letters_)
        if (found.size() < query.limit && fits(letter, query)) found.push_back(letter);
    return found;
}

std::uint64_t MemoryDeliveryStore::count(const DeadQuery& query) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::uint64_t>(
        std::ranges::count_if(letters_, [&](const auto& entry) { return fits(entry.second, query); }));
}

std::uint64_t MemoryDeliveryStore::drop(const DeadQuery& query) {
    const std::lock_guard lock(mutex_);
    return std::erase_if(letters_, [&](const auto& entry) { return fits(entry.second, query); });
}

std::vector<Run> MemoryDeliveryStore::runs(std::string_view pipeline, std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    std::vector<Run> found;
    for (const Run& run : std::views::reverse(runs_)) {
        if (found.size() == limit) break;
        if (!pipeline.empty() && run.pipeline != pipeline) continue;
        found.push_back(run);
        found.back().output.clear();
        found.back().errors.clear();
    }
    return found;
}

std::optional<Run> MemoryDeliveryStore::run(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(runs_, id, &Run::id);
    return found == runs_.end() ? std::nullopt : std::optional(*found);
}

}  // namespace tocsin::tests
