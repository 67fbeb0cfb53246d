// SPDX-License-Identifier: Apache-2.0
// The port to the log: append with a callback, read by sequence, wait for what is new.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/core/error.hpp"
#include "common/core/sequence.hpp"
#include "common/event/event.hpp"

namespace tocsin::daemon::eventlog {

using core::Seq;
using event::Event;

/// What one caller wants stored: all of it or nothing. Every draft has its type, source and id.
struct Batch {
    event::Author author;
    std::vector<event::Draft> drafts;
};

using AppendResult = std::variant<std::vector<event::Receipt>, core::Error>;

/// Called exactly once, on the thread that committed, after the commit. Must not throw and not block.
using Completion = std::function<void(AppendResult&&)>;

using Patterns = std::vector<event::TopicPattern>;

enum class Order { ascending, descending };

/// What to read. Ascending starts behind `after`, descending starts in front of `before`.
struct Query {
    Seq after = 0;                        ///< exclusive
    Seq before = core::max_sequence + 1;  ///< exclusive, at least 1
    Patterns types;                       ///< any of them; none means every event
    Patterns allowed = {};                ///< what the reader may see; none means every event
    std::string source;                   ///< empty means any
    std::size_t limit = 100;
    std::size_t max_bytes = 8U << 20;  ///< a page is full as well when its events reach this size
    Order order = Order::ascending;

    bool takes_every_type() const noexcept { return types.empty() && allowed.empty(); }
    /// Whether an event of this type is both asked for and allowed.
    bool takes(std::string_view type) const noexcept {
        return event::any_matches(types, type) && event::any_matches(allowed, type);
    }
};

/// A page holds at most `limit` events and hardly more than `max_bytes`. `scanned_to` is the last place that
/// was looked at: it moves even when nothing matched, and the next page starts there. `end` says that the
/// range is exhausted for now.
struct Page {
    enum class End { reached, more };
    std::vector<Event> events;
    std::size_t bytes = 0;
    Seq scanned_to = 0;
    End end = End::reached;
};

/// The log as a whole. `first` is the first event that retention has not passed, 0 when there is none;
/// `epoch` changes when acknowledged events were lost.
struct LogStatus {
    std::string epoch;
    Seq first = 0;
    Seq head = 0;
    std::uint64_t kept = 0;  ///< events in front of `first` that are never removed
    std::uint64_t events = 0;
    std::vector<core::SequenceRange> missing;
    std::string path;
    std::uint64_t database_bytes = 0;
    std::uint64_t wal_bytes = 0;
    std::uint64_t free_bytes = 0;                              ///< that the file system has left for it
    std::optional<core::Timestamp> full_since = std::nullopt;  ///< events are refused for want of room
};

enum class Room { enough, low };

/// What retention decides by.
struct LogExtent {
    Seq first = 1;  ///< retention has passed everything in front of it
    Seq head = 0;
    core::Timestamp oldest{};      ///< `recordedtime` of the first event from `first` on
    core::Timestamp newest{};      ///< and of the last
    std::uint64_t bytes = 0;       ///< that the log takes; free pages and the write-ahead log are not counted
    std::uint64_t file_bytes = 0;  ///< of the database file
    Room room = Room::enough;      ///< low: events will soon be refused for want of it
    std::optional<core::Timestamp> clock = std::nullopt;  ///< the last one that `trim` was given

    bool empty() const noexcept { return first > head; }
};

/// One step of trimming: what lies in front of `before` goes, oldest first, as much as fits `patience`, and
/// not more than some thousand events.
struct Trim {
    Seq before = 1;
    std::chrono::microseconds patience{0};
    core::Timestamp clock{};  ///< kept beside the log, for the next start
};
struct Trimmed {
    std::uint64_t events = 0;
    Seq first = 1;  ///< `LogExtent::first` from now on
};

/// A copy of the whole log in one file, as it was at one moment. The file is gone with the last owner.
class Backup {
 public:
    virtual ~Backup() = default;
    virtual std::uint64_t size_bytes() const noexcept = 0;
    /// Appends what lies from `place` on, at most `bytes`; fewer only at the end. Throws `unavailable`
    /// (`store_io`).
    virtual void read(std::uint64_t place, std::size_t bytes, std::string& out) const = 0;
};

/// Shared because replies are copied on their way to the door that sends them.
using BackupResult = std::variant<std::shared_ptr<const Backup>, core::Error>;
/// Called exactly once, on any thread. Must not throw and not block.
using BackupDone = std::function<void(BackupResult&&)>;

/// Ends the watch when destroyed; afterwards the callback does not run any more.
class Watch {
 public:
    virtual ~Watch() = default;
};

/// Thread rule: every method may be called from any thread.
/// Failures: reads throw `core::Error`; `append` never throws, it completes with the error:
/// `unavailable` (`store_full`, `store_io`, `busy`, `stopping`) or `conflict` with the line that conflicts.
class EventLog {
 public:
    virtual ~EventLog() = default;

    /// Queues the batch. It is committed at the latest after the next `flush()`, together with all that
    /// waits.
    virtual void append(Batch batch, Completion done) = 0;

    /// Says that the caller's burst of appends is over. May commit on this thread, and then completes before
    /// it returns.
    virtual void flush() = 0;

    virtual Page read(const Query& query) const = 0;
    virtual std::optional<Event> get(Seq seq) const = 0;
    /// Every stored event with this id, oldest first, at most `limit`.
    virtual std::vector<Event> find(std::string_view id, std::size_t limit) const = 0;
    /// The first sequence recorded at or after `time`; the head + 1 when there is none.
    virtual Seq seek(core::Timestamp time) const = 0;
    /// The last committed sequence, 0 while the log is empty.
    virtual Seq head() const noexcept = 0;
    virtual std::vector<event::TypeSummary> types() const = 0;
    virtual LogStatus status() const = 0;

    virtual LogExtent extent() const = 0;
    /// Removes old events, but for those that `is_kept`: these stay readable in every way. Commits wait for
    /// the step. Throws `core::Error`; then nothing was removed.
    virtual Trimmed trim(const Trim& what) = 0;
    /// Gives room that removed events have left back to the file system, as much as fits `patience`: the
    /// bytes by which the file will shrink, 0 when there is nothing worth it. Throws as `trim` does.
    virtual std::uint64_t give_back(std::chrono::microseconds patience) = 0;

    /// Takes a backup beside the log, which goes on meanwhile. It holds every event that was committed before
    /// the call. Completes with `unavailable`: `busy` while another one exists, `store_full` without room for
    /// it, `store_io`, `stopping`.
    virtual void back_up(BackupDone done) const = 0;

    /// Calls `wake` after each commit, on the committing thread: a hint to read, not a delivery. It must be
    /// short and must not call the log.
    virtual std::unique_ptr<Watch> watch(std::function<void()> wake) const = 0;
};

}  // namespace tocsin::daemon::eventlog
