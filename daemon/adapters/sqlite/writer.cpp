// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/writer.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "daemon/adapters/sqlite/fsync_timer.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Error;
using core::Reason;
using eventlog::AppendResult;
using eventlog::Batch;
using eventlog::Completion;

int note_frames(void* frames, sqlite3*, const char*, int count) {
    static_cast<std::atomic<int>*>(frames)->store(count, std::memory_order_relaxed);
    return SQLITE_OK;
}

std::size_t bytes_of(const Batch& batch) {
    std::size_t bytes = 0;
    for (const event::Draft& draft : batch.drafts) bytes += draft.size_bytes() + sizeof draft;
    return bytes;
}

}  // namespace

Writer::Writer(SQLite::Database& database, HighWaterMark& mark, Shared& shared, Recovered& recovered,
               SpaceGuard& space, const Options& options, const core::Clock& clock, metrics::Metrics& metrics,
               OnCommit on_commit, OnFailure on_failure)
    : options_(options),
      clock_(clock),
      metrics_(metrics),
      database_(database),
      mark_(mark),
      space_(space),
      on_commit_(std::move(on_commit)),
      on_failure_(std::move(on_failure)),
      committer_(database, mark, shared, recovered, space, options, clock, metrics),
      trimmer_(database, shared, recovered.tail, clock) {
    watch_wal();
    thread_ = std::jthread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "writer");
}

Writer::~Writer() { stop(); }

void Writer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Writer::watch_wal() {
    sqlite3_wal_hook(database_.getHandle(), note_frames, &wal_frames_);
    time_fsyncs(database_, metrics_.fsync_seconds);
}

std::optional<Error> Writer::refusal(std::size_t bytes) const {
    if (stopping_)
        return Error::unavailable(Reason::stopping, "the daemon is stopping", "try again in a moment");
    if (told_failure_)
        return Error::unavailable(Reason::store_io, "the store failed; the daemon restarts",
                                  "try again in a moment");
    if (auto full = space_.refusal()) return full;
    if (queue_bytes_ + bytes > options_.queue_max_bytes && !queue_.empty())
        return Error::unavailable(Reason::busy, "too many events wait for the disk",
                                  "slow down and try again");
    return std::nullopt;
}

void Writer::append(Batch batch, Completion done) {
    const std::size_t bytes = bytes_of(batch);
    Waiting waiting{.batch = std::move(batch), .done = std::move(done), .bytes = bytes};
    std::optional<Error> error;
    {
        const std::lock_guard lock(mutex_);
        error = refusal(waiting.bytes);
        if (!error) return enqueue(std::move(waiting));
    }
    metrics_.refusals.add(core::name_of(error->code()));
    waiting.done(AppendResult(*error));
}

/// Needs `mutex_`.
void Writer::enqueue(Waiting waiting) {
    queue_bytes_ += waiting.bytes;
    queue_events_ += waiting.batch.drafts.size();
    metrics_.queue_events.set(static_cast<std::int64_t>(queue_events_));
    queue_.push_back(std::move(waiting));
}

void Writer::flush() {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.empty()) return;
        if (queue_events_ > options_.inline_events || checkpoint_is_due()) return hand_over();
    }
    std::unique_lock connection(connection_, std::try_to_lock);
    if (connection) return commit_group(std::move(connection));
    const std::lock_guard lock(mutex_);
    hand_over();
}

/// Needs `mutex_`.
void Writer::hand_over() {
    handed_over_ = true;
    wake_.notify_one();
}

std::vector<Writer::Waiting> Writer::take_group() {
    const std::lock_guard lock(mutex_);
    std::size_t events = 0;
    std::size_t count = 0;
    for (; count < queue_.size() && events < options_.group_max_events; ++count)
        events += queue_[count].batch.drafts.size();
    std::vector<Waiting> group;
    if (count == queue_.size()) {
        group.swap(queue_);
    } else {
        const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
        group.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
        queue_.erase(queue_.begin(), end);
        hand_over();
    }
    for (const Waiting& waiting : group) queue_bytes_ -= waiting.bytes;
    queue_events_ -= events;
    metrics_.queue_events.set(static_cast<std::int64_t>(queue_events_));
    return group;
}

std::vector<CommitPart> Writer::take_parts() {
    const std::lock_guard lock(mutex_);
    return std::exchange(parts_, {});
}

void Writer::join(CommitPart part) {
    std::optional<Error> error;
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_ && !told_failure_) {
            if (parts_.empty()) parts_due_ = std::chrono::steady_clock::now() + options_.part_patience;
            parts_.push_back(std::move(part));
            if (parts_.size() == 1) wake_.notify_one();
            return;
        }
        error = refusal(0);
    }
    part.done(error);
}

void Writer::commit_group(std::unique_lock<std::mutex> connection) {
    std::vector<Waiting> group = take_group();
    const std::vector<CommitPart> parts = take_parts();
    if (group.empty() && parts.empty()) return;
    std::vector<Batch*> batches;
    batches.reserve(group.size());
    for (Waiting& waiting : group) batches.push_back(&waiting.batch);
    const core::Seq before = committer_.head();
    is_busy_.store(true, std::memory_order_relaxed);
    auto [results, parts_failure] = committer_.commit(batches, parts);
    is_busy_.store(false, std::memory_order_relaxed);
    const bool moved = committer_.head() != before;
    const std::optional<Error> failure = committer_.failure();
    connection.unlock();
    if (moved) on_commit_();
    const bool gives_up = failure && !told_failure_.exchange(true);
    for (std::size_t i = 0; i < group.size(); ++i) {
        count(results[i]);
        group[i].done(std::move(results[i]));
    }
    for (const CommitPart& part : parts) part.done(parts_failure);
    if (gives_up) on_failure_(*failure);
    const std::lock_guard lock(mutex_);
    last_commit_ = clock_.steady();
    if (told_failure_) wal_frames_ = 0;  // nobody checkpoints any more
    if (wal_frames_ > options_.checkpoint_frames) wake_.notify_one();
}

/// A step takes the connection for itself, and its pages into the log: many small checkpoints hold commits up
/// less than one large one.
template <class Work>
auto Writer::between_commits(Work&& work) {
    std::unique_lock connection(connection_);
    if (const auto& failure = committer_.failure()) throw *failure;
    const auto start = clock_.steady();
    const int frames = wal_frames_;
    auto result = [&] {
        try {
            return work();
        } catch (const SQLite::Exception& failure) {
            if (is_full(failure)) space_.note_full();
            throw note_failed_step(to_error(failure, "old events can't be removed"));
        } catch (const Error& error) {
            throw note_failed_step(error);
        } catch (const std::exception& error) {
            throw note_failed_step(Error::unavailable(Reason::store_io, error.what()));
        }
    }();
    const int added = wal_frames_ - frames;
    connection.unlock();
    metrics_.retention_step_seconds.observe(clock_.steady() - start);
    const std::lock_guard lock(mutex_);
    step_frames_ += std::max(added, 0);
    if (checkpoint_is_due()) hand_over();
    return result;
}

/// Needs `connection_`. Where the outcome is unknown the daemon gives up, as after a commit.
Error Writer::note_failed_step(const Error& error) {
    if (!trimmer_.outcome_is_unknown()) return error;
    committer_.give_up(error);
    if (!told_failure_.exchange(true)) on_failure_(error);
    return error;
}

eventlog::Trimmed Writer::trim(const eventlog::Trim& what) {
    return between_commits([&] { return trimmer_.trim(what); });
}

std::uint64_t Writer::give_back(std::uint64_t at_most_pages, std::chrono::microseconds patience) {
    return between_commits([&] { return trimmer_.give_back(at_most_pages, patience); });
}

void Writer::ask_for_checkpoint() {
    const std::lock_guard lock(mutex_);
    checkpoint_is_asked_for_ = true;
    hand_over();
}

void Writer::count(const AppendResult& result) {
    if (const Error* error = std::get_if<Error>(&result))
        return metrics_.refusals.add(core::name_of(error->code()));
    for (const event::Receipt& receipt : std::get<std::vector<event::Receipt>>(result))
        if (receipt.outcome == event::Receipt::Outcome::duplicate) metrics_.duplicates.add();
}

/// Needs `mutex_`.
bool Writer::is_called() const {
    return stopping_ || handed_over_ || (!parts_.empty() && std::chrono::steady_clock::now() >= parts_due_);
}

/// Until there is something to commit, or a checkpoint may be due.
void Writer::wait(std::unique_lock<std::mutex>& lock) {
    const bool is_long = wal_frames_ > options_.checkpoint_frames;
    if (!parts_.empty())
        wake_.wait_until(lock, parts_due_, [this] { return is_called(); });
    else if (is_long)
        wake_.wait_for(lock, options_.idle_before_checkpoint,
                       [this] { return is_called() || !parts_.empty(); });
    else
        wake_.wait(lock, [this] {
            return is_called() || !parts_.empty() || wal_frames_ > options_.checkpoint_frames;
        });
}

void Writer::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !queue_.empty() || !parts_.empty()) {
        wait(lock);
        const bool must_commit = is_called();
        handed_over_ = false;
        lock.unlock();
        if (must_commit) commit_group(std::unique_lock(connection_));
        lock.lock();
        if (!checkpoint_is_due()) continue;
        lock.unlock();
        checkpoint();
        lock.lock();
    }
}

/// Needs `mutex_`. Due when the WAL is long, or when it is middling and nothing has happened for a while.
bool Writer::checkpoint_is_due() const {
    if (told_failure_) return false;
    if (checkpoint_is_asked_for_ || step_frames_ > options_.checkpoint_frames_steps) return true;
    if (wal_frames_ > options_.checkpoint_frames_busy) return true;
    return wal_frames_ > options_.checkpoint_frames && queue_.empty() &&
           clock_.steady() - last_commit_ >= options_.idle_before_checkpoint;
}

void Writer::checkpoint() {
    {
        const std::lock_guard lock(mutex_);
        checkpoint_is_asked_for_ = false;
        step_frames_ = 0;
    }
    const std::lock_guard connection(connection_);
    is_busy_.store(true, std::memory_order_relaxed);
    copy_wal();
    is_busy_.store(false, std::memory_order_relaxed);
}

/// Needs `connection_`.
void Writer::copy_wal() {
    const auto start = clock_.steady();
    int frames = 0;
    int copied = 0;
    const auto copy = [&] {
        return sqlite3_wal_checkpoint_v2(database_.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames,
                                         &copied);
    };
    int result = copy();
    if (result == SQLITE_FULL && space_.note_full()) result = copy();
    metrics_.checkpoint_seconds.observe(clock_.steady() - start);
    // A reader may hold frames back, and a failed fsync is made good by the next attempt: SQLite copies anew.
    wal_frames_ = 0;
    if (result != SQLITE_OK) return note_failed_checkpoint(sqlite3_errstr(result));
    try {
        mark_.sync();
    } catch (const Error& error) {
        note_failed_checkpoint(error.what());
    }
}

/// Nothing is lost by it: the log still holds what was to be copied, and grows until a checkpoint succeeds.
void Writer::note_failed_checkpoint(const char* why) {
    metrics_.checkpoint_failures.add();
    metrics_.last_error.set(clock_.now(), std::string("a checkpoint failed: ") + why);
    spdlog::warn("a checkpoint failed: {}; it is tried again after the next commits", why);
}

}  // namespace tocsin::daemon::sqlite
