// SPDX-License-Identifier: Apache-2.0
// One pipeline at work: a dispatcher that reads the log and judges, workers that deliver.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/core/uuid.hpp"
#include "daemon/eventlog/event_log.hpp"
#include "daemon/pipeline/bell.hpp"
#include "daemon/pipeline/delivery_store.hpp"
#include "daemon/pipeline/in_work.hpp"
#include "daemon/pipeline/latency.hpp"
#include "daemon/pipeline/notice.hpp"
#include "daemon/pipeline/options.hpp"
#include "daemon/pipeline/read_ahead.hpp"
#include "daemon/pipeline/schedule.hpp"
#include "daemon/pipeline/sink.hpp"
#include "daemon/pipeline/stages.hpp"

namespace tocsin::daemon::pipeline {

/// What a pipeline is made from.
struct Blueprint {
    Options options;
    MakeStages make_stages;
    std::function<std::unique_ptr<Sink>()> make_sink;
};

/// What all pipelines share. Outlives them.
struct Surroundings {
    eventlog::EventLog& log;
    DeliveryStore& store;
    InWork& in_work;
    const core::Clock& clock;
    Notify notify;
};

/// `idle`: nothing matched that is not settled.
enum class State : std::uint8_t { running, idle, down, stuck, paused, disabled, changing };
std::string_view name_of(State state) noexcept;

struct Status {
    std::string name;
    State state = State::running;
    std::string reason;       ///< of `down`, `stuck`, `paused`, `disabled`
    core::Timestamp since{};  ///< of the same
    std::string sink;
    std::vector<std::string> from;
    Seq position = 0;                  ///< everything up to there was looked at
    Seq floor = 0;                     ///< the first that is not settled
    std::uint64_t lag_events = 0;      ///< of the log, from the floor on
    std::chrono::microseconds lag{0};  ///< age of the oldest event that is not settled
    std::uint64_t matched = 0;
    Totals totals;
    std::uint64_t dead_letters = 0;  ///< that wait for an operator
    std::uint64_t overrun = 0;       ///< events that retention took before they were looked at
    std::size_t queued = 0;
    std::size_t aside = 0;
    std::size_t in_flight = 0;
    double per_second = 0;  ///< delivered, over the last minute
    std::string last_error;
    core::Timestamp last_error_time{};
    std::optional<Run> last_run;              ///< without what it printed
    std::chrono::milliseconds next_probe{0};  ///< while it is down
    Latency latency;
};

/// What an operator passed over; 0 to 0 when nothing was there.
struct Skipped {
    core::SequenceRange range{};
    std::uint64_t count = 0;  ///< of events that were known to match
};
using SkipDone = std::function<void(const Skipped&, const std::optional<core::Error>&)>;

/// Shared by its threads, because one that is stuck in an expression can't be ended and outlives all else.
/// Thread rule: any thread.
class Pipeline : public std::enable_shared_from_this<Pipeline> {
 public:
    /// An evaluation that takes longer is worth a word.
    static constexpr std::chrono::seconds patience{5};
    /// After a failure that is nobody's verdict, as a log that can't be read.
    static constexpr std::chrono::seconds trouble_pause{1};

    /// Nothing runs before `start`. `kept` is what the store knows of it.
    Pipeline(Blueprint blueprint, Kept kept, const Surroundings& around);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    void start();

    /// What has changed joins the next commit, unless one is on its way. Calls the store.
    void settle();

    /// The head of the log has moved.
    void ring() noexcept;

    enum class Stop : std::uint8_t {
        in_its_time,  ///< what is in work ends as it would
        soon,         ///< sinks are told
    };
    /// Takes up nothing new.
    void stop(Stop how);
    /// Waits until its threads have ended and all is settled that can be; false when time is up. Its threads
    /// do nothing any more then, once they come back.
    bool wait_until_over(core::SteadyTime until);
    /// The threads that have not ended are given up.
    void abandon();
    /// What its successor goes on from.
    Kept kept() const;

    using Done = std::function<void(const std::optional<core::Error>&)>;
    /// `done` is called after the commit.
    void pause(std::string who, Done done);
    void resume(Done done);
    /// Settles everything up to there, or the first event that is not settled.
    void skip(std::optional<Seq> to, SkipDone done);
    /// Dead letters to be tried again.
    void redeliver(std::vector<DeadId> letters);
    /// Those that were not delivered yet.
    std::vector<DeadId> letters() const;
    void note_dead_letters(std::uint64_t count);

    /// Retention has removed everything in front of it, but for what is never removed.
    void note_trimmed(Seq first);
    /// Looks for evaluations that take too long. From time to time.
    void watch();
    void reopen() { sink_->reopen(); }

    const Options& options() const noexcept { return blueprint_.options; }
    Status status() const;
    /// Retention must not pass it, while there is one.
    std::optional<Seq> hold() const;

 private:
    class Evaluation;
    struct Attempt;
    struct Judged;

    /// Where one thread stands in an expression.
    struct Watched {
        std::atomic<std::int64_t> since{0};  // steady; 0: it is in none
        std::atomic<Seq> seq{0};
        std::atomic<std::int64_t> told{-1};  // `since` of the last one that was told of
    };

    template <class Body>
    void begin_thread(const std::string& name, Body body);

    void dispatch(Watched& watched) noexcept;
    void rest();
    bool read_some(Stages& stages, Watched& watched);
    void read_ahead(Seq after);
    eventlog::Page next_page(Seq after);
    std::optional<Judged> judge(Stages& stages, Watched& watched, event::Event& event,
                                const std::string& json);
    Failure deadly(std::uint32_t deaths) const;
    void find_key(Stages& stages, Watched& watched, Judged& judged);
    void offer(std::span<Judged> judged, std::optional<Seq> scanned_to);
    void restore_asides(Stages& stages, Watched& watched);
    void restore(Judged judged);
    void take_letters(Stages& stages, Watched& watched);

    void work(Watched& watched) noexcept;
    std::optional<Task> next_task();
    void attend(Task task, Stages& stages, Watched& watched) noexcept;
    void load(Work& work) const;
    void prepare(Attempt& attempt, std::size_t index, Stages& stages, Watched& watched);
    static void add_messages(Attempt& attempt, std::size_t index, std::vector<std::string> bodies,
                             Message::Shape shape);
    void deliver(Attempt& attempt);
    static void note_delivered(Attempt& attempt, std::size_t begin, std::size_t count);
    void note_undelivered(Attempt& attempt, std::size_t begin, std::size_t end, const Delivery& delivery);
    Delivery call_sink(std::span<const Message> messages, Attempt& attempt);

    void report(Attempt attempt);
    void keep_run(Run run);
    void apply(Changes changes);
    DeadLetter to_letter(const Work& work, const Failure& failure) const;
    void tell();
    void set_error(std::string error);
    void note_error(std::string error);
    void note_unstuck();

    bool may_run() const noexcept;
    bool is_ending() const noexcept { return stopping_ || abandoned_; }
    void touch(std::unique_lock<std::mutex>& lock, Done done);
    void complete(std::vector<DeadLetter>& letters) const;
    void settled(Settlement&& settlement, const std::optional<core::Error>& error);
    void keep_for_later(Settlement&& settlement, const core::Error& error);
    Status status_now() const;
    void describe_state(Status& status) const;
    Now now() const { return {around_.clock.now(), around_.clock.steady()}; }

    const Blueprint blueprint_;
    const Surroundings& around_;
    const std::unique_ptr<Sink> sink_;
    core::UuidSource ids_;
    std::stop_source stop_sinks_;
    std::vector<std::unique_ptr<Watched>> watched_;  // the dispatcher's, then the workers'

    Bell bell_;                            // for the dispatcher
    ReadAhead ahead_;                      // the dispatcher's, as what follows
    std::vector<Judged> judged_;           // of one page after another
    std::vector<Aside> asides_;            // of the last life, which are not read again
    std::map<Seq, std::uint32_t> deadly_;  // those of them all at which the daemon died too often

    std::mutex telling_;  // before `mutex_`

    mutable std::mutex mutex_;  // guards what follows
    std::deque<Notice> untold_;
    std::condition_variable wake_workers_;
    std::condition_variable over_;
    Schedule schedule_;
    Standing standing_;
    Totals totals_;
    std::uint64_t matched_ = 0;
    std::uint64_t dead_letters_ = 0;
    std::uint64_t overrun_ = 0;
    std::vector<DeadId> letters_;  // to be tried again
    std::vector<DeadLetter> pending_dead_;
    std::vector<DeadId> pending_redelivered_;
    std::vector<Run> pending_runs_;
    std::vector<std::pair<std::uint64_t, Done>> waiting_;  // for a version to be settled
    std::uint64_t version_ = 1;                            // of what is to be settled
    std::uint64_t settling_version_ = 0;
    std::uint64_t settled_version_ = 0;
    Seq settled_floor_ = 0;
    bool is_settling_ = false;
    bool settle_failed_ = false;
    core::SteadyTime next_settle_{};
    std::size_t threads_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> abandoned_{false};
    std::string stuck_;
    core::Timestamp stuck_since_{};
    std::string down_reason_;
    std::string last_error_;
    core::Timestamp last_error_time_{};
    std::optional<Run> last_run_;
    mutable RecentRate recent_;
    Latency latency_;
};

}  // namespace tocsin::daemon::pipeline
