// SPDX-License-Identifier: Apache-2.0
// Which event is delivered when: the rules of order, retry, batch, rate and of a sink that is down, without a
// thread or a clock of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/pipeline/options.hpp"
#include "daemon/pipeline/work.hpp"

namespace tocsin::daemon::pipeline {

/// What one worker delivers at a time.
struct Task {
    enum class Kind : std::uint8_t {
        fresh,  ///< for the first time
        again,  ///< one event that has failed before
        probe,  ///< one event, to see whether a sink that was down is back
    };
    Kind kind = Kind::fresh;
    std::vector<Work> works;  ///< in their order
};

/// What a report has changed.
struct Changes {
    enum class Sink : std::uint8_t { same, down, up, gone };
    Sink sink = Sink::same;
    std::vector<std::pair<Work, Failure>> dead;
    std::vector<DeadId> redelivered;
    std::uint64_t delivered = 0;
    std::uint64_t retried = 0;
    std::uint64_t lost = 0;  ///< to retention, before they could be tried again
    std::string reason;      ///< of a sink that is down or gone
};

/// Events that retention took.
struct Lost {
    core::SequenceRange range{};
    std::uint64_t count = 0;  ///< in that range
    std::uint64_t known = 0;  ///< of them, those that had matched
};

/// Thread rule: one thread at a time.
class Schedule {
 public:
    /// So many events may be aside before nothing new is read.
    static constexpr std::size_t most_aside = 1000;
    static constexpr std::size_t most_queued = 2048;
    static constexpr std::size_t most_queued_bytes = 16U << 20;
    /// So many may be settled in front of one that is not.
    static constexpr std::size_t most_settled_ahead = 4096;

    /// `most` is what a task takes without a batch; `chance` gives what `pause_after` wants.
    Schedule(const Options& options, std::size_t most, const Cursor& cursor, std::function<double()> chance);

    /// False while enough waits.
    bool wants_more() const noexcept;
    Seq read_to() const noexcept { return progress_.read_to(); }
    /// Nothing up to there matched, but for what was offered.
    void pass(Seq seq);
    /// An event that matched, in the order of the log, or a dead letter that is to be tried again. False when
    /// it is on its way or settled already.
    bool offer(Work work, Now now);
    /// At a start: an event that was aside when the daemon ended, and is not read again: it lies in front of
    /// where reading goes on. Those behind are offered once more.
    void restore(Work work, Now now);

    /// What can be done now. Nothing: ask again at `next_turn`.
    std::optional<Task> take(Now now);
    /// When time alone makes something due.
    std::optional<core::SteadyTime> next_turn(Now now) const;
    /// What became of a task: a result for each of its works. `reason` explains a sink that is down.
    Changes report(Task task, std::vector<Result> results, Now now);
    /// It becomes a dead letter without having been offered.
    Changes reject(Work work, Failure failure, Now now);

    /// Everything up to there that is not in work is settled: how many events.
    std::uint64_t skip(Seq seq);
    /// Events in front of it are gone from the log: those that wait to be read again, or were never read, are
    /// settled.
    Lost lose_before(Seq first);
    /// The first event that is not settled, if one is known.
    std::optional<Seq> first_open() const;

    /// Dead letters that are tried again and did not come to an end yet.
    std::vector<DeadId> letters() const;

    Cursor cursor() const { return progress_.cursor(); }
    Seq floor() const noexcept { return progress_.floor(); }
    bool is_down() const noexcept { return down_since_.has_value(); }
    std::optional<core::Timestamp> down_since() const noexcept { return down_since_; }
    std::optional<core::SteadyTime> next_probe() const noexcept;
    /// The operator says that the sink is back.
    void probe_now(Now now) noexcept { probe_at_ = now.steady; }
    std::size_t in_work() const noexcept { return in_work_.size(); }
    std::size_t queued() const noexcept { return queue_.size(); }
    std::size_t aside() const noexcept { return aside_.size(); }
    /// When the first event that is not settled was recorded.
    std::optional<core::Timestamp> oldest() const noexcept;

 private:
    std::size_t batch_size() const noexcept;
    bool is_ordered() const noexcept { return options_.ordering == Ordering::by_key; }
    bool is_held(const Work& work) const;
    bool take_back(Work& work);
    bool is_next(const Work& work) const;
    void wake_next(const std::set<WorkId>& of_key, core::SteadyTime due);

    std::optional<Task> take_probe(Now now);
    std::optional<Task> take_again(Now now);
    std::optional<Task> take_fresh(Now now);
    std::optional<core::SteadyTime> batch_is_due() const;
    Work pull(WorkId id);
    void begin(Work& work, Now now);
    void end(const Work& work);
    void pay(std::size_t events, Now now);

    void settle_delivered(Work& work, Now now, Changes& changes);
    void fail(Work work, Result result, Now now, Changes& changes);
    void halt(Work work, const Result& result, Now now, Changes& changes);
    void note_answer(const Task& task, Verdict verdict, Changes& changes);
    void settle_result(Work work, Result& result, Now now, Changes& changes);
    void settle_lost(const Work& work, Now now, Changes& changes);
    void bury(Work work, Failure failure, Now now, Changes& changes);
    void give_up_old(const Failure& failure, Now now, Changes& changes);
    void note_down(const Task& task, const Result& result, Now now, Changes& changes);
    void step_aside(Work work);
    void step_aside_behind(const std::string& key);
    void release_key(const Work& work, core::SteadyTime due);
    void pass_over(WorkId id);
    void requeue(Work work, Now now);
    void enqueue(Work work);
    void settle(WorkId id);

    const Options& options_;
    const std::size_t most_;
    std::function<double()> chance_;
    Progress progress_;
    std::deque<Work> queue_;  // by sequence
    std::size_t queued_bytes_ = 0;
    std::map<WorkId, Work> aside_;                                  // but for those that are tried just now
    std::map<std::string, std::set<WorkId>, std::less<>> blocked_;  // keys that have works aside, and these
    std::map<std::string, std::size_t, std::less<>> keys_in_work_;
    std::map<Seq, Aside> returning_;             // of the last life, and not yet read again
    std::map<WorkId, core::Timestamp> in_work_;  // and when they were recorded
    std::set<WorkId> skipped_in_work_;
    Seq skipped_to_ = 0;
    core::SteadyTime free_at_{};  // of the rate
    std::optional<core::Timestamp> down_since_;
    core::SteadyTime probe_at_{};
    std::uint32_t probes_failed_ = 0;
};

}  // namespace tocsin::daemon::pipeline
