// SPDX-License-Identifier: Apache-2.0
// The one read-write connection behind one mutex. Whoever holds it commits all that waits: a receiving thread
// that finds it free, or the writer's own thread, which also checkpoints.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/adapters/sqlite/committer.hpp"
#include "daemon/adapters/sqlite/trimmer.hpp"

namespace tocsin::daemon::sqlite {

/// Thread rule: any thread, but `stop` and destruction.
class Writer {
 public:
    /// Told once, on the committing thread, when the daemon must give up: a commit's outcome is unknown.
    using OnFailure = std::function<void(const core::Error&)>;
    /// Told after each commit that moved the head.
    using OnCommit = std::function<void()>;

    Writer(SQLite::Database& database, HighWaterMark& mark, Shared& shared, Recovered& recovered,
           SpaceGuard& space, const Options& options, const core::Clock& clock, metrics::Metrics& metrics,
           OnCommit on_commit, OnFailure on_failure);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void append(eventlog::Batch batch, eventlog::Completion done);
    void flush();
    /// Goes into the next commit; one is made for it when none comes soon. Never throws.
    void join(CommitPart part);
    /// Refuses what comes from now on, and returns when all that waits is committed and answered.
    void stop();
    core::Seq head() const noexcept { return committer_.head(); }
    /// True while a commit or a checkpoint is on its way to the disk.
    bool is_busy() const noexcept { return is_busy_.load(std::memory_order_relaxed); }

    /// Between commits, which wait for it. Throw `core::Error`.
    eventlog::Trimmed trim(const eventlog::Trim& what);
    std::uint64_t give_back(std::uint64_t at_most_pages, std::chrono::microseconds patience);
    /// Has the WAL copied into the database soon: only that shortens the file.
    void ask_for_checkpoint();

 private:
    struct Waiting {
        eventlog::Batch batch;
        eventlog::Completion done;
        std::size_t bytes = 0;
    };

    std::optional<core::Error> refusal(std::size_t bytes) const;
    void enqueue(Waiting waiting);
    std::vector<Waiting> take_group();
    std::vector<CommitPart> take_parts();
    void commit_group(std::unique_lock<std::mutex> connection);
    bool is_called() const;
    void wait(std::unique_lock<std::mutex>& lock);
    void hand_over();
    void count(const eventlog::AppendResult& result);
    void run();
    template <class Work>
    auto between_commits(Work&& work);
    core::Error note_failed_step(const core::Error& error);
    bool checkpoint_is_due() const;
    void checkpoint();
    void copy_wal();
    void note_failed_checkpoint(const char* why);
    void watch_wal();

    const Options& options_;
    const core::Clock& clock_;
    metrics::Metrics& metrics_;
    SQLite::Database& database_;
    HighWaterMark& mark_;
    SpaceGuard& space_;
    OnCommit on_commit_;
    OnFailure on_failure_;

    std::mutex connection_;  // guards the connection, the committer and the mark
    Committer committer_;
    Trimmer trimmer_;

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    std::vector<Waiting> queue_;
    std::size_t queue_bytes_ = 0;
    std::size_t queue_events_ = 0;
    std::vector<CommitPart> parts_;
    std::chrono::steady_clock::time_point parts_due_{};
    bool handed_over_ = false;
    bool stopping_ = false;
    core::SteadyTime last_commit_{};
    bool checkpoint_is_asked_for_ = false;
    int step_frames_ = 0;  // that steps between commits have added since the last checkpoint

    std::atomic<int> wal_frames_{0};
    std::atomic<bool> is_busy_{false};
    std::atomic<bool> told_failure_{false};
    std::jthread thread_;
};

}  // namespace tocsin::daemon::sqlite
