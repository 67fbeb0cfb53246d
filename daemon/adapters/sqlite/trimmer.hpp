// SPDX-License-Identifier: Apache-2.0
// Removes the oldest events, a step at a time, each in a transaction of its own, and gives free pages back.
// Whoever holds the writer's mutex calls it.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "daemon/adapters/sqlite/store.hpp"
#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::sqlite {

/// Events go with their block row. What is left of a block, and each unbroken run of events that are kept,
/// gets a block row of its own, so that place and sequence agree in all of them. Thread rule: one thread at a
/// time.
class Trimmer {
 public:
    Trimmer(SQLite::Database& database, Shared& shared, Tail& tail, const core::Clock& clock);

    /// Throws `SQLite::Exception`, or `core::Error` where a block is damaged; then nothing was removed,
    /// unless `outcome_is_unknown`.
    eventlog::Trimmed trim(const eventlog::Trim& what);
    /// Bytes that free pages at the end of the file will give back.
    std::uint64_t give_back(std::uint64_t at_most_pages, std::chrono::microseconds patience);

    /// True when a commit has failed, or what came before it could not be undone.
    bool outcome_is_unknown() const noexcept { return outcome_is_unknown_; }

 private:
    /// The oldest events that lie together: those of a block row, or of the open block.
    struct Piece {
        enum class Lies { in_block, in_tail };
        Lies lies = Lies::in_tail;
        core::Seq first = 0;
        std::vector<BlockEntry> entries;
        core::Seq end() const noexcept { return first + entries.size(); }
    };

    template <class Work>
    auto in_transaction(Work&& work);
    Piece oldest_piece();
    core::Seq remove_rows(const Piece& piece, core::Seq end, core::SteadyTime deadline);
    void remove_range(core::Seq first, core::Seq last);
    void adapt(std::chrono::nanoseconds took, std::chrono::nanoseconds patience);
    void rewrite_blocks(Piece& piece, core::Seq cut);
    void insert_run(const Piece& piece, core::Seq first, core::Seq end);
    std::int64_t recorded_at(core::Seq seq, std::int64_t otherwise);
    bool is_kept(NameId type);
    std::uint64_t settle(const Piece& piece, core::Seq cut);

    SQLite::Database& database_;
    Shared& shared_;
    Tail& tail_;
    const core::Clock& clock_;
    std::vector<char> kept_;  // by type id: 0 not asked yet, 1 kept, 2 not kept
    core::Seq chunk_ = 16;    // events that one statement removes: few where they are large
    bool outcome_is_unknown_ = false;

    SQLite::Statement begin_;
    SQLite::Statement commit_;
    SQLite::Statement oldest_block_;
    SQLite::Statement delete_rows_;
    SQLite::Statement delete_block_;
    SQLite::Statement recorded_;
};

}  // namespace tocsin::daemon::sqlite
