// SPDX-License-Identifier: Apache-2.0
// The store as its parts share it: options, what is known in memory, and what a start finds on disk.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/core/clock.hpp"
#include "daemon/adapters/sqlite/block.hpp"
#include "daemon/adapters/sqlite/connection.hpp"
#include "daemon/adapters/sqlite/dedupe_window.hpp"
#include "daemon/adapters/sqlite/dictionary.hpp"
#include "daemon/adapters/sqlite/high_water_mark.hpp"
#include "daemon/adapters/sqlite/space_guard.hpp"
#include "daemon/adapters/sqlite/trim_mark.hpp"
#include "daemon/adapters/sqlite/type_index.hpp"

namespace tocsin::daemon::sqlite {

struct Options {
    std::chrono::milliseconds dedupe_age = std::chrono::hours(24);
    std::size_t dedupe_max_ids = 10'000'000;
    std::size_t wal_bytes = 32U << 20;        ///< written once at a start, so that commits overwrite
    std::size_t inline_events = 16;           ///< a receiving thread commits at most so many itself
    std::size_t queue_max_bytes = 64U << 20;  ///< what may wait for a commit
    std::size_t group_max_events = 8192;      ///< what one commit takes
    std::chrono::milliseconds idle_before_checkpoint{10};
    std::chrono::milliseconds part_patience{20};  ///< what joins a commit waits so long for one
    int checkpoint_frames = 1000;                 ///< when nothing waits
    int checkpoint_frames_busy = 8000;            ///< whatever waits
    int checkpoint_frames_steps = 500;            ///< that retention has added
    SpaceOptions space{};
};

/// What readers and the writer share.
struct Shared {
    Names names;
    TypeIndex types;
    std::atomic<core::Seq> begins{1};    ///< trimming has passed everything in front of it
    std::atomic<std::uint64_t> kept{0};  ///< events in front of `begins` that are never removed
};

/// The newest events, which fill no block yet, and where the log goes on.
struct Tail {
    core::Seq head = 0;         ///< the last sequence that is used up
    std::int64_t recorded = 0;  ///< of the last event
    core::Seq open_first = 1;   ///< where the open block starts
    std::vector<BlockEntry> open;
    std::uint64_t epoch = 0;
    TrimMark trimmed;
};

/// Everything that a start finds, beside what went into `Shared`.
struct Recovered {
    Tail tail;
    std::string hash_secret;
    DedupeWindow window;
    std::vector<core::SequenceRange> missing;
    std::vector<core::SequenceRange> gaps;  ///< missing ranges that this start has found within the log
    std::vector<std::string> warnings;      ///< what an operator must hear of
};

/// Brings a store to the point where it may acknowledge: migrated, compared with the high-water mark,
/// checkpointed, WAL grown. Throws `core::Exit` when it must not be used.
Recovered recover(SQLite::Database& database, HighWaterMark& mark, Shared& shared, const SpaceGuard& space,
                  const Options& options, const core::Clock& clock);

/// Opens the database beside its mark. Throws `core::Exit`: 70 when the file is damaged, or missing although
/// the mark says that it held events; 78 when it is newer or foreign.
SQLite::Database open_store(const std::filesystem::path& folder, const HighWaterMark& mark);

std::string epoch_text(std::uint64_t epoch);

/// A value of table `meta`, empty when there is none.
std::string read_meta(SQLite::Database& database, const std::string& key);
void write_meta(SQLite::Database& database, const std::string& key, const std::string& value);

/// What trimming has left; nothing when there was none. Throws `core::Exit` (70) when it is damaged.
std::optional<TrimMark> read_trim_mark(SQLite::Database& database);

/// Reads the three dictionaries. Throws `core::Exit` (70) where an entry is missing.
void load_names(SQLite::Database& database, Names& names);

}  // namespace tocsin::daemon::sqlite
