// SPDX-License-Identifier: Apache-2.0
// What a schedule passes over without delivering it, and what it tells of itself.
#include <algorithm>

#include "daemon/pipeline/schedule.hpp"

namespace tocsin::daemon::pipeline {

/// One that waits.
void Schedule::pass_over(WorkId id) {
    const Work work = pull(id);
    settle(id);
    release_key(work, core::SteadyTime::min());
}

std::uint64_t Schedule::skip(Seq seq) {
    std::uint64_t count = 0;
    skipped_to_ = std::max(skipped_to_, seq);
    std::vector<WorkId> waiting;
    for (const auto& [id, work] : aside_)
        if (id.seq <= seq && id.letter == 0) waiting.push_back(id);
    for (const Work& work : queue_)
        if (work.id.seq <= seq && work.id.letter == 0) waiting.push_back(work.id);
    for (const WorkId id : waiting) {
        pass_over(id);
        ++count;
    }
    for (const auto& [id, recorded] : in_work_) {
        if (id.seq > seq || id.letter != 0 || !skipped_in_work_.insert(id).second) continue;
        settle(id);
        ++count;
    }
    for (const auto& [returning, aside] : returning_)
        if (returning <= seq && (aside.attempts > 0 || aside.deaths == 0)) ++count;  // others may not match
    pass(seq);
    return count;
}

Lost Schedule::lose_before(Seq first) {
    Lost lost;
    const auto note = [&lost](Seq begin, Seq end) {
        if (lost.count == 0) lost.range.first = begin;
        lost.range.last = end;
        lost.count += end - begin + 1;
    };
    std::vector<WorkId> gone;
    for (const auto& [id, work] : aside_)
        if (id.seq < first && id.letter == 0) gone.push_back(id);
    for (const WorkId id : gone) {
        pass_over(id);
        note(id.seq, id.seq);
        ++lost.known;
    }
    if (progress_.read_to() + 1 < first) {
        note(progress_.read_to() + 1, first - 1);
        pass(first - 1);
    }
    return lost;
}

std::vector<DeadId> Schedule::letters() const {
    std::vector<DeadId> letters;
    const auto note = [&letters](WorkId id) {
        if (id.letter != 0) letters.push_back(id.letter);
    };
    for (const Work& work : queue_) note(work.id);
    for (const auto& [id, work] : aside_) note(id);
    for (const auto& [id, recorded] : in_work_) note(id);
    return letters;
}

std::optional<Seq> Schedule::first_open() const {
    const Seq floor = progress_.floor();
    return floor <= progress_.read_to() ? std::optional(floor) : std::nullopt;
}

std::optional<core::SteadyTime> Schedule::next_probe() const noexcept {
    return is_down() ? std::optional(probe_at_) : std::nullopt;
}

std::optional<core::Timestamp> Schedule::oldest() const noexcept {
    std::optional<core::Timestamp> oldest;
    const auto note = [&](WorkId id, core::Timestamp recorded) {
        if (id.letter == 0 && (!oldest || recorded < *oldest)) oldest = recorded;
    };
    if (!queue_.empty()) note(queue_.front().id, queue_.front().recorded);
    if (!aside_.empty()) note(aside_.begin()->first, aside_.begin()->second.recorded);
    for (const auto& [id, recorded] : in_work_) note(id, recorded);
    return oldest;
}

}  // namespace tocsin::daemon::pipeline
