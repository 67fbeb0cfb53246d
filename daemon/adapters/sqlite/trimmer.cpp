// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/trimmer.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <span>

#include "daemon/adapters/sqlite/pages.hpp"
#include "daemon/eventlog/retention_rule.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Seq;

constexpr Seq largest_chunk = 256;

void run(SQLite::Statement& statement) {
    statement.reset();
    statement.exec();
    statement.reset();
}

}  // namespace

Trimmer::Trimmer(SQLite::Database& database, Shared& shared, Tail& tail, const core::Clock& clock)
    : database_(database),
      shared_(shared),
      tail_(tail),
      clock_(clock),
      begin_(database, "BEGIN IMMEDIATE"),
      commit_(database, "COMMIT"),
      oldest_block_(
          database,
          "SELECT first, n, t0, t1, dict, types, ids FROM block WHERE first >= ? ORDER BY first LIMIT 1"),
      delete_rows_(database, "DELETE FROM event WHERE seq BETWEEN ? AND ?"),
      delete_block_(database, "DELETE FROM block WHERE first = ?"),
      recorded_(database, "SELECT recorded FROM event WHERE seq = ?") {}

/// What fails before the commit is undone, and known not to have happened.
template <class Work>
auto Trimmer::in_transaction(Work&& work) {
    bool committing = false;
    try {
        run(begin_);
        auto result = work();
        committing = true;
        run(commit_);
        return result;
    } catch (...) {
        for (SQLite::Statement* statement :
             {&begin_, &commit_, &oldest_block_, &delete_rows_, &delete_block_, &recorded_})
            statement->tryReset();
        const bool open = sqlite3_get_autocommit(database_.getHandle()) == 0;
        const bool undone = !open || database_.tryExec("ROLLBACK") == SQLITE_OK;
        outcome_is_unknown_ = committing || !undone;
        throw;
    }
}

eventlog::Trimmed Trimmer::trim(const eventlog::Trim& what) {
    const Seq end = std::min(what.before, tail_.head + 1);
    const core::SteadyTime deadline = clock_.steady() + what.patience;
    Piece piece;
    TrimMark mark = tail_.trimmed;
    in_transaction([&] {
        if (end > mark.before) {
            piece = oldest_piece();
            mark.before = std::min(end, piece.first);  // across places that hold nothing
            if (piece.first < end) {
                mark.before = remove_rows(piece, std::min(end, piece.end()), deadline);
                rewrite_blocks(piece, mark.before);
            }
        }
        mark.recorded = tail_.recorded;
        mark.clock = std::max<std::int64_t>(core::to_microseconds(what.clock), 0);
        write_meta(database_, TrimMark::key, to_text(mark));
        return 0;
    });
    outcome_is_unknown_ = true;  // unless memory follows
    tail_.trimmed = mark;
    const std::uint64_t removed = settle(piece, mark.before);
    outcome_is_unknown_ = false;
    return {removed, mark.before};
}

Trimmer::Piece Trimmer::oldest_piece() {
    oldest_block_.reset();
    oldest_block_.bind(1, static_cast<std::int64_t>(tail_.trimmed.before));
    if (!oldest_block_.executeStep()) return {Piece::Lies::in_tail, tail_.open_first, tail_.open};
    Piece piece{Piece::Lies::in_block, static_cast<Seq>(oldest_block_.getColumn(0).getInt64()),
                entries_in(oldest_block_)};
    oldest_block_.reset();
    return piece;
}

/// Removes rows until time is up, but at least some; the place that it has come to.
Seq Trimmer::remove_rows(const Piece& piece, Seq end, core::SteadyTime deadline) {
    const auto stays = [&](Seq seq) { return is_kept(piece.entries[seq - piece.first].type); };
    const auto patience = deadline - clock_.steady();
    Seq seq = piece.first;
    for (auto start = clock_.steady(); seq < end && (seq == piece.first || start < deadline);) {
        if (stays(seq)) {
            ++seq;
            continue;
        }
        Seq last = seq;
        while (last + 1 < end && last + 1 - seq < chunk_ && !stays(last + 1)) ++last;
        remove_range(seq, last);
        seq = last + 1;
        const auto now = clock_.steady();
        adapt(now - start, patience);
        start = now;
    }
    return seq;
}

void Trimmer::remove_range(Seq first, Seq last) {
    delete_rows_.reset();
    delete_rows_.bind(1, static_cast<std::int64_t>(first));
    delete_rows_.bind(2, static_cast<std::int64_t>(last));
    delete_rows_.exec();
    delete_rows_.reset();
}

/// One statement can't be stopped: it may take a small part of the patience only.
void Trimmer::adapt(std::chrono::nanoseconds took, std::chrono::nanoseconds patience) {
    if (took < patience / 32)
        chunk_ = std::min(chunk_ * 2, largest_chunk);
    else if (took > patience / 8)
        chunk_ = std::max<Seq>(chunk_ / 4, 1);
}

/// Entries behind the cut, and those that are kept in front of it, get rows of their own.
void Trimmer::rewrite_blocks(Piece& piece, Seq cut) {
    if (piece.lies == Piece::Lies::in_block) {
        delete_block_.reset();
        delete_block_.bind(1, static_cast<std::int64_t>(piece.first));
        delete_block_.exec();
        delete_block_.reset();
        for (std::size_t i = 0; i < piece.entries.size(); ++i)
            if (const Seq seq = piece.first + i; seq == cut || (seq < cut && is_kept(piece.entries[i].type)))
                piece.entries[i].recorded = recorded_at(seq, piece.entries.front().recorded);
    }
    for (Seq seq = piece.first; seq < cut;) {
        Seq end = seq;
        while (end < cut && is_kept(piece.entries[end - piece.first].type)) ++end;
        if (end > seq) insert_run(piece, seq, end);
        seq = end + 1;
    }
    if (piece.lies == Piece::Lies::in_block && cut < piece.end()) insert_run(piece, cut, piece.end());
}

void Trimmer::insert_run(const Piece& piece, Seq first, Seq end) {
    const std::span<const BlockEntry> entries = piece.entries;
    insert_block(database_, make_block(first, entries.subspan(first - piece.first, end - first)));
}

std::int64_t Trimmer::recorded_at(Seq seq, std::int64_t otherwise) {
    recorded_.reset();
    recorded_.bind(1, static_cast<std::int64_t>(seq));
    const std::int64_t recorded = recorded_.executeStep() ? recorded_.getColumn(0).getInt64() : otherwise;
    recorded_.reset();
    return recorded;
}

bool Trimmer::is_kept(NameId type) {
    if (kept_.size() <= type) kept_.resize(type + std::size_t{1});
    char& known = kept_[type];
    if (known == 0) known = eventlog::is_kept(shared_.names.types.at(type).name) ? 1 : 2;
    return known == 1;
}

/// After the commit: memory follows. The number of events that are gone.
std::uint64_t Trimmer::settle(const Piece& piece, Seq cut) {
    std::unordered_map<NameId, TypeShrink> gone;
    std::uint64_t removed = 0;
    for (Seq seq = piece.first; seq < std::min(cut, piece.end()); ++seq) {
        const NameId type = piece.entries[seq - piece.first].type;
        if (is_kept(type)) {
            ++shared_.kept;
            continue;
        }
        ++removed;
        TypeShrink& shrink = gone[type];
        shrink = {type, shrink.count + 1, piece.end(), TypeShrink::First::bound};
    }
    for (Seq seq = piece.end(); seq-- > std::max(cut, piece.first);)
        if (const auto found = gone.find(piece.entries[seq - piece.first].type); found != gone.end()) {
            found->second.first = seq;
            found->second.known = TypeShrink::First::exact;
        }
    for (const auto& [type, shrink] : gone) shared_.types.shrink(shrink);
    if (piece.lies == Piece::Lies::in_tail && cut > tail_.open_first) {
        const auto places =
            static_cast<std::ptrdiff_t>(std::min<std::size_t>(cut - tail_.open_first, tail_.open.size()));
        tail_.open.erase(tail_.open.begin(), tail_.open.begin() + places);
        tail_.open_first = cut;
    }
    shared_.begins.store(cut, std::memory_order_release);
    return removed;
}

std::uint64_t Trimmer::give_back(std::uint64_t at_most_pages, std::chrono::microseconds patience) {
    const auto free_pages = [&] { return std::stoull(pragma(database_, "freelist_count")); };
    const core::SteadyTime deadline = clock_.steady() + patience;
    const std::uint64_t before = free_pages();
    in_transaction([&] {
        SQLite::Statement vacuum(database_,
                                 "PRAGMA incremental_vacuum(" + std::to_string(at_most_pages) + ")");
        while (vacuum.executeStep() && clock_.steady() < deadline) {  // a page each
        }
        return 0;
    });
    const std::uint64_t after = free_pages();
    return (before - std::min(before, after)) * page_bytes;
}

}  // namespace tocsin::daemon::sqlite
