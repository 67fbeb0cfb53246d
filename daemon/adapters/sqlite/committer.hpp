// SPDX-License-Identifier: Apache-2.0
// One group commit: admits batches (dedupe, sequences, checksums), stores them in one transaction, moves the
// high-water mark. Whoever holds the writer's mutex calls it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/adapters/sqlite/batch_table.hpp"
#include "daemon/adapters/sqlite/commit_part.hpp"
#include "daemon/adapters/sqlite/store.hpp"
#include "daemon/eventlog/event_log.hpp"
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::sqlite {

/// Thread rule: one thread at a time.
class Committer {
 public:
    Committer(SQLite::Database& database, HighWaterMark& mark, Shared& shared, Recovered& recovered,
              SpaceGuard& space, const Options& options, const core::Clock& clock, metrics::Metrics& metrics);

    /// One result per batch, in order. A batch that conflicts is refused alone; a failed transaction refuses
    /// all, and `failure()` says whether the daemon must give up. Takes the ids out of the batches that it
    /// stores.
    std::vector<eventlog::AppendResult> commit(const std::vector<eventlog::Batch*>& group) {
        return commit(group, {}).results;
    }
    struct Committed {
        std::vector<eventlog::AppendResult> results;
        std::optional<core::Error> parts_failure = std::nullopt;  ///< all of the parts, or none
    };
    /// The parts are written even where there is no room for events: they need little, and free some.
    Committed commit(const std::vector<eventlog::Batch*>& group, const std::vector<CommitPart>& parts);

    /// Set when a failure left the outcome unknown: nothing is committed any more.
    const std::optional<core::Error>& failure() const noexcept { return failure_; }
    /// What others did on the connection left an unknown outcome.
    void give_up(const core::Error& error) { failure_ = error; }
    core::Seq head() const noexcept { return head_.load(std::memory_order_acquire); }

 private:
    enum class Outcome { not_stored, unknown };

    /// A name as the event before had it: most events of a burst repeat it, and need no look-up.
    struct RecentName {
        NameId id = 0;
        const Dictionary::Entry* entry = nullptr;
    };

    void begin();
    eventlog::AppendResult admit(const eventlog::Batch& batch);
    event::Receipt admit_draft(const event::Draft& draft);
    void use_author(const event::Author& author);
    static void use_name(RecentName& recent, Dictionary& names, std::string_view name);
    void use_source(std::string_view source);
    std::optional<core::Seq> find_stored(const NewRow& row);
    bool is_same_event(const NewRow& row, core::Seq seq);
    void forget_rows_from(std::size_t size);
    void store(const std::vector<CommitPart>& parts);
    void store_rows();
    void insert_names();
    void insert_rows();
    void insert_blocks();
    void settle();
    core::Error roll_back(const core::Error& error, Outcome outcome);
    void forget_names();

    SQLite::Database& database_;
    HighWaterMark& mark_;
    Shared& shared_;
    SpaceGuard& space_;
    const Options& options_;
    const core::Clock& clock_;
    metrics::Metrics& metrics_;
    const IdHasher hasher_;
    DedupeWindow& window_;
    Tail& tail_;

    std::vector<NewRow> rows_;
    std::unordered_multimap<std::uint64_t, core::Seq> pending_;  // ids of rows_ that clients chose
    RecentName type_;
    RecentName source_;
    RecentName author_;
    std::uint64_t owner_ = 0;  // of ids: `author_` and `source_`
    std::size_t types_before_ = 0;
    std::size_t sources_before_ = 0;
    std::size_t authors_before_ = 0;
    std::size_t closed_ = 0;  // entries of the open block that this commit's block rows took
    std::int64_t now_ = 0;
    std::atomic<core::Seq> head_;
    std::optional<core::Error> failure_;

    SQLite::Statement begin_;
    SQLite::Statement commit_;
    SQLite::Statement insert_first_;
    SQLite::Statement insert_rest_;
    SQLite::Statement insert_type_;
    SQLite::Statement insert_source_;
    SQLite::Statement insert_author_;
    SQLite::Statement select_row_;
};

}  // namespace tocsin::daemon::sqlite
