// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/schedule.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tocsin::daemon::pipeline {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

event::Event event_of(Seq seq) {
    return {.seq = seq,
            .type = event::Topic::trusted("a"),
            .source = "s",
            .id = std::to_string(seq),
            .recorded = core::from_microseconds(1),
            .author = {},
            .attributes = {},
            .data = {}};
}

Work work_of(Seq seq, const std::string& key = "") {
    Work work;
    work.id.seq = seq;
    work.event = event_of(seq);
    work.key = key;
    work.recorded = core::from_microseconds(1'000'000'000);
    return work;
}

Result result_of(Verdict verdict, const std::string& why = "why") {
    Result result;
    result.verdict = verdict;
    result.failure.result = why;
    return result;
}

class ScheduleTest : public testing::Test {
 protected:
    void begin(std::size_t most = 1) {
        schedule_.emplace(options_, most, Cursor{}, [] { return 0.5; });
    }
    Now now() const { return {wall_, steady_}; }
    void pass_time(milliseconds time) {
        wall_ += time;
        steady_ += time;
    }
    void offer(std::initializer_list<Seq> seqs, const std::string& key = "") {
        for (const Seq seq : seqs) schedule_->offer(work_of(seq, key), now());
    }
    std::vector<Seq> seqs_of(const Task& task) const {
        std::vector<Seq> seqs;
        for (const Work& work : task.works) seqs.push_back(work.id.seq);
        return seqs;
    }
    /// What the next task holds; empty when there is none now.
    std::vector<Seq> take() {
        auto task = schedule_->take(now());
        if (!task) return {};
        const auto seqs = seqs_of(*task);
        tasks_.push_back(std::move(*task));
        return seqs;
    }
    Changes report(Verdict verdict) { return report_one(0, verdict); }
    Changes report_one(std::size_t which, Verdict verdict) {
        Task task = std::move(tasks_.at(which));
        tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(which));
        std::vector<Result> results(task.works.size(), result_of(verdict));
        return schedule_->report(std::move(task), std::move(results), now());
    }

    Options options_;
    std::optional<Schedule> schedule_;
    std::vector<Task> tasks_;
    core::Timestamp wall_ = core::from_microseconds(2'000'000'000);
    core::SteadyTime steady_ = core::SteadyTime(hours(10));
};

using Seqs = std::vector<Seq>;

TEST_F(ScheduleTest, GivesWhatWasOfferedInItsOrder) {
    begin(2);
    offer({1, 2, 3});
    EXPECT_EQ(take(), (Seqs{1, 2}));
    EXPECT_EQ(report(Verdict::delivered).delivered, 2U);
    EXPECT_EQ(take(), (Seqs{3}));
    EXPECT_EQ(schedule_->cursor().position, 2U);
    report(Verdict::delivered);
    EXPECT_EQ(schedule_->cursor().position, 3U);
    EXPECT_EQ(take(), Seqs{});
    EXPECT_EQ(schedule_->next_turn(now()), std::nullopt);
}

TEST_F(ScheduleTest, LetsAFailedEventStepAsideAndTriesItAgain) {
    begin();
    offer({1, 2});
    take();
    EXPECT_EQ(report(Verdict::retry).retried, 1U);
    EXPECT_EQ(take(), (Seqs{2}));
    report(Verdict::delivered);
    EXPECT_EQ(schedule_->cursor().position, 2U);
    EXPECT_EQ(schedule_->floor(), 1U);
    EXPECT_EQ(take(), Seqs{});
    EXPECT_EQ(schedule_->next_turn(now()), steady_ + seconds(1));
    pass_time(seconds(1));
    EXPECT_EQ(take(), (Seqs{1}));
    EXPECT_EQ(tasks_.front().works.front().attempts, 1U);
    EXPECT_FALSE(tasks_.front().works.front().event.has_value()) << "it is read again";
    report(Verdict::delivered);
    EXPECT_EQ(schedule_->floor(), 3U);
}

TEST_F(ScheduleTest, DoublesThePausesAndGivesUp) {
    options_.retry = {.attempts = 4, .least = seconds(1), .most = seconds(3), .max_age = hours(1)};
    begin();
    offer({7});
    for (const seconds pause : {seconds(1), seconds(2), seconds(3)}) {
        EXPECT_EQ(take(), (Seqs{7}));
        EXPECT_TRUE(report(Verdict::retry).dead.empty());
        pass_time(pause - milliseconds(1));
        EXPECT_EQ(take(), Seqs{});
        pass_time(milliseconds(1));
    }
    take();
    const Changes changes = report(Verdict::retry);
    ASSERT_EQ(changes.dead.size(), 1U);
    EXPECT_EQ(changes.dead.front().first.attempts, 4U);
    EXPECT_EQ(schedule_->floor(), 8U);
}

TEST_F(ScheduleTest, BuriesAtOnceWhatCannotSucceed) {
    begin();
    offer({1});
    take();
    EXPECT_EQ(report(Verdict::dead).dead.size(), 1U);
    EXPECT_EQ(schedule_->floor(), 2U);
}

TEST_F(ScheduleTest, HaltsForASinkThatIsDownAndKeepsOrder) {
    begin();
    options_.parallel = 2;
    offer({1, 2, 3});
    take();
    take();
    EXPECT_EQ(report_one(1, Verdict::sink_down).sink, Changes::Sink::down);  // 2
    EXPECT_EQ(take(), Seqs{}) << "it halts";
    EXPECT_EQ(report(Verdict::sink_down).sink, Changes::Sink::same);  // 1: no news
    EXPECT_EQ(schedule_->next_turn(now()), steady_ + seconds(1));
    pass_time(seconds(1));
    EXPECT_EQ(take(), (Seqs{1})) << "the oldest is the probe";
    EXPECT_EQ(tasks_.front().kind, Task::Kind::probe);
    EXPECT_EQ(take(), Seqs{}) << "one probe alone";
    EXPECT_EQ(report(Verdict::sink_down).sink, Changes::Sink::same);
    pass_time(seconds(1));
    EXPECT_EQ(take(), Seqs{}) << "the pause is longer now";
    pass_time(seconds(1));
    EXPECT_EQ(take(), (Seqs{1}));
    EXPECT_EQ(tasks_.front().works.front().attempts, 0U) << "no attempt was used";
    EXPECT_EQ(report(Verdict::delivered).sink, Changes::Sink::up);
    EXPECT_EQ(take(), (Seqs{2}));
    EXPECT_EQ(take(), (Seqs{3}));
}

TEST_F(ScheduleTest, TakesAnAnswerAboutAMessageForASinkThatIsBack) {
    begin();
    offer({1});
    take();
    report(Verdict::sink_down);
    pass_time(seconds(1));
    take();
    const Changes changes = report(Verdict::dead);
    EXPECT_EQ(changes.sink, Changes::Sink::up);
    EXPECT_EQ(changes.dead.size(), 1U);
}

TEST_F(ScheduleTest, WaitsAsLongAsTheOtherSideAsks) {
    begin();
    offer({1});
    take();
    Task task = std::move(tasks_.front());
    tasks_.clear();
    Result result = result_of(Verdict::sink_down);
    result.retry_after = minutes(7);
    std::vector<Result> results{result};
    schedule_->report(std::move(task), std::move(results), now());
    EXPECT_EQ(schedule_->next_turn(now()), steady_ + minutes(7));
}

TEST_F(ScheduleTest, GivesUpWhatWaitedTooLongForASinkThatIsDown) {
    options_.retry.max_age = hours(1);
    options_.retry.most = minutes(30);
    begin();
    offer({1, 2});
    take();
    report(Verdict::sink_down);
    pass_time(minutes(59));
    take();
    EXPECT_TRUE(report(Verdict::sink_down).dead.empty());
    pass_time(minutes(1));
    take();
    const Changes changes = report(Verdict::sink_down);
    ASSERT_EQ(changes.dead.size(), 2U) << "the second would have been tried as well";
    EXPECT_EQ(schedule_->floor(), 3U);
    EXPECT_TRUE(schedule_->is_down());
}

TEST_F(ScheduleTest, KeepsTheOrderOfAKeyAndLetsOthersPass) {
    options_.ordering = Ordering::by_key;
    begin();
    offer({1}, "a");
    offer({2}, "b");
    offer({3}, "a");
    offer({4}, "c");
    EXPECT_EQ(take(), (Seqs{1}));
    EXPECT_EQ(take(), (Seqs{2}));
    EXPECT_EQ(take(), (Seqs{4})) << "3 has the key of 1";
    report(Verdict::retry);  // 1
    EXPECT_EQ(take(), Seqs{});
    offer({5}, "a");
    EXPECT_EQ(schedule_->aside(), 3U) << "1, and 3 and 5 behind it";
    pass_time(seconds(1));
    EXPECT_EQ(take(), (Seqs{1}));
    EXPECT_EQ(take(), Seqs{});
    report_one(2, Verdict::delivered);
    EXPECT_EQ(take(), (Seqs{3}));
    EXPECT_EQ(take(), Seqs{});
    report_one(2, Verdict::delivered);
    EXPECT_EQ(take(), (Seqs{5}));
}

TEST_F(ScheduleTest, TriesTheEventsOfAFailedBatchOneByOne) {
    options_.batch = {.size = 3, .wait = seconds(1)};
    begin();
    offer({1, 2});
    EXPECT_EQ(take(), Seqs{});
    EXPECT_EQ(schedule_->next_turn(now()), steady_ + seconds(1));
    offer({3});
    EXPECT_EQ(take(), (Seqs{1, 2, 3}));
    report(Verdict::retry);
    pass_time(seconds(1));
    EXPECT_EQ(take(), (Seqs{1}));
    EXPECT_EQ(take(), (Seqs{2}));
    offer({4});
    pass_time(milliseconds(999));
    EXPECT_EQ(take(), (Seqs{3}));
    EXPECT_EQ(take(), Seqs{});
    pass_time(milliseconds(1));
    EXPECT_EQ(take(), (Seqs{4})) << "it has waited long enough";
}

TEST_F(ScheduleTest, KeepsToItsRate) {
    options_.rate = 10;
    begin();
    offer({1, 2, 3});
    EXPECT_EQ(take(), (Seqs{1}));
    EXPECT_EQ(take(), Seqs{});
    EXPECT_EQ(schedule_->next_turn(now()), steady_ + milliseconds(100));
    pass_time(milliseconds(100));
    EXPECT_EQ(take(), (Seqs{2}));
    pass_time(seconds(10));
    EXPECT_EQ(take(), (Seqs{3}));
    offer({4});
    EXPECT_EQ(take(), Seqs{}) << "no burst after a rest";
}

TEST_F(ScheduleTest, StopsReadingWhenTooManyAreAside) {
    begin();
    for (Seq seq = 1; seq <= Schedule::most_aside; ++seq) {
        EXPECT_TRUE(schedule_->wants_more());
        offer({seq});
        take();
        report(Verdict::retry);
    }
    EXPECT_FALSE(schedule_->wants_more());
    pass_time(minutes(1));
    take();
    report(Verdict::delivered);
    EXPECT_TRUE(schedule_->wants_more());
}

TEST_F(ScheduleTest, SkipsWhatWaitsAndWhatIsInWork) {
    begin();
    offer({1, 2, 3});
    take();
    report(Verdict::retry);
    take();
    EXPECT_EQ(schedule_->skip(2), 2U);
    EXPECT_EQ(report(Verdict::retry).retried, 0U) << "nobody waits for it any more";
    EXPECT_EQ(schedule_->floor(), 3U);
    EXPECT_EQ(schedule_->skip(10), 1U);
    EXPECT_EQ(schedule_->read_to(), 10U);
    EXPECT_FALSE(schedule_->offer(work_of(9), now())) << "it was read before the skip, and comes too late";
    EXPECT_EQ(take(), Seqs{});
}

TEST_F(ScheduleTest, KnowsWhatRetentionTook) {
    begin();
    offer({2, 4});
    take();
    report(Verdict::retry);
    schedule_->pass(5);
    const Lost lost = schedule_->lose_before(9);
    EXPECT_EQ(lost.range, (core::SequenceRange{2, 8}));
    EXPECT_EQ(lost.count, 4U) << "2, and 6 to 8; 4 is in memory still";
    EXPECT_EQ(lost.known, 1U);
    EXPECT_EQ(take(), (Seqs{4}));
    EXPECT_EQ(schedule_->read_to(), 8U);
}

TEST_F(ScheduleTest, KeepsALetterApartFromItsEvent) {
    begin();
    offer({5});
    Work letter = work_of(5);
    letter.id.letter = 1;
    EXPECT_TRUE(schedule_->offer(std::move(letter), now()));
    take();
    report(Verdict::delivered);
    EXPECT_EQ(schedule_->floor(), 6U);
    EXPECT_EQ(take(), (Seqs{5}));
    const Changes changes = report(Verdict::delivered);
    EXPECT_EQ(changes.redelivered, std::vector<DeadId>{1});
    EXPECT_EQ(changes.delivered, 0U) << "it was counted as dead";
}

TEST_F(ScheduleTest, DisablesItselfWhenTheOtherSideIsGone) {
    begin();
    offer({1});
    take();
    EXPECT_EQ(report(Verdict::gone).sink, Changes::Sink::gone);
    EXPECT_EQ(schedule_->floor(), 1U);
    EXPECT_EQ(take(), (Seqs{1})) << "whether it may run is not the schedule's to say";
}

/// Any verdicts, several workers, crashes at any moment: each event is settled once or more, and a key's
/// events are first settled in their order.
TEST_F(ScheduleTest, LosesNothingAndKeepsOrderWhateverHappens) {
    std::mt19937 random(11);
    options_.ordering = Ordering::by_key;
    options_.retry = {.attempts = 5, .least = seconds(1), .most = seconds(4), .max_age = hours(500)};
    for (int run = 0; run < 60; ++run) {
        constexpr Seq last = 80;
        Cursor kept;
        std::map<Seq, int> settled;
        std::vector<Seq> order;
        const auto note = [&](Seq seq) {
            if (settled[seq]++ == 0) order.push_back(seq);
        };
        const auto key_of = [&](Seq seq) { return "k" + std::to_string(seq % 5); };
        for (int life = 0; life < 40 && (life < 6 || kept.position < last || !kept.aside.empty()); ++life) {
            schedule_.emplace(options_, 3, kept, [] { return 0.5; });
            tasks_.clear();
            for (const Aside& aside : kept.aside) {
                Work work = work_of(aside.seq, key_of(aside.seq));
                work.attempts = aside.attempts;
                work.first_attempt = aside.first_attempt;
                schedule_->restore(std::move(work), now());
            }
            const int steps = life < 5 ? static_cast<int>(random() % 120) : 2000;
            for (int step = 0; step < steps; ++step) {
                const Seq next = schedule_->read_to() + 1;
                if (random() % 2 == 0 && next <= last && schedule_->wants_more())
                    schedule_->offer(work_of(next, key_of(next)), now());
                if (tasks_.size() < 3) take();
                if (random() % 3 == 0) pass_time(milliseconds(random() % 1500));
                if (tasks_.empty() || random() % 2 == 0) continue;
                const std::size_t which = random() % tasks_.size();
                const Seqs seqs = seqs_of(tasks_.at(which));
                constexpr std::array verdicts{Verdict::delivered, Verdict::delivered, Verdict::retry,
                                              Verdict::sink_down, Verdict::dead};
                const Verdict verdict = verdicts.at(random() % verdicts.size());
                const Changes changes = report_one(which, verdict);
                if (verdict == Verdict::delivered)
                    for (const Seq seq : seqs) note(seq);
                for (const auto& [work, failure] : changes.dead) note(work.id.seq);
                if (random() % 3 == 0) kept = schedule_->cursor();
            }
            if (life >= 5) kept = schedule_->cursor();
        }
        ASSERT_EQ(settled.size(), last) << "run " << run;
        std::map<std::string, Seq> newest;
        for (const Seq seq : order) {
            ASSERT_GT(seq, newest[key_of(seq)]) << "run " << run;
            newest[key_of(seq)] = seq;
        }
    }
}

}  // namespace
}  // namespace tocsin::daemon::pipeline
