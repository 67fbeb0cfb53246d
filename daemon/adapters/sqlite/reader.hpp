// SPDX-License-Identifier: Apache-2.0
// Reads on a read-only connection: by place, by pattern over blocks, by id, by time. Every call is one short
// transaction, so that no reader holds a checkpoint back.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/adapters/sqlite/row.hpp"
#include "daemon/adapters/sqlite/store.hpp"
#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::sqlite {

/// Thread rule: one thread at a time; `ReaderPool` hands them out.
class Reader {
 public:
    Reader(const std::filesystem::path& file, const Shared& shared, const IdHasher& hasher);

    /// `head` is the newest place to look at. Ends after a bounded amount of work, also without a match.
    eventlog::Page read(const eventlog::Query& query, core::Seq head);
    std::optional<event::Event> get(core::Seq seq);
    std::vector<event::Event> find(std::string_view id, std::size_t limit, core::Seq head);
    core::Seq seek(core::Timestamp time, core::Seq head);
    /// The first event from this place on, and when it was recorded.
    std::optional<std::pair<core::Seq, core::Timestamp>> time_from(core::Seq seq);
    /// The last event's time.
    std::optional<core::Timestamp> last_time();
    /// Looks for the first event of each of these types, as far as a bounded amount of work goes.
    std::vector<TypeShrink> first_of(std::vector<TypeShrink> types, core::Seq head);

    /// The database's pages, as the newest commit leaves them.
    struct PageCounts {
        std::uint64_t all = 0;
        std::uint64_t free = 0;
        std::uint64_t bytes_each = 0;
    };
    PageCounts pages();

 private:
    struct Scan;
    struct Extent {
        core::Seq first = 0;
        core::Seq last = 0;
    };

    void scan_rows(Scan& scan, Extent extent);
    void scan_blocks(Scan& scan);
    bool scan_block(Scan& scan, Extent extent);
    void fetch_hits(Scan& scan, const std::vector<core::Seq>& hits);
    SQLite::Statement& next_block(const Scan& scan, core::Seq place);
    std::vector<core::Seq> nominated_by_blocks(std::uint32_t id_part);
    std::vector<core::Seq> in_tail(std::string_view id, core::Seq head);
    core::Seq last_in_blocks();
    core::Seq walk_for_first(std::unordered_map<NameId, TypeShrink*>& wanted, core::Seq from, core::Seq head);

    const Shared& shared_;
    const IdHasher& hasher_;
    SQLite::Database database_;
    SQLite::Statement rows_up_;
    SQLite::Statement rows_down_;
    SQLite::Statement row_;
    SQLite::Statement block_up_;
    SQLite::Statement block_down_;
    SQLite::Statement block_ids_;
    SQLite::Statement tail_id_;
    SQLite::Statement blocks_end_;
    SQLite::Statement time_from_;
    SQLite::Statement last_time_;
    SQLite::Statement tail_types_;
    SQLite::Statement page_count_;
    SQLite::Statement free_count_;
};

/// Gives every caller a reader of its own. Thread rule: any thread.
class ReaderPool {
 public:
    ReaderPool(std::filesystem::path file, const Shared& shared, const IdHasher& hasher);

    template <class Work>
    auto with(Work&& work) {
        std::unique_ptr<Reader> reader = take();
        auto result = work(*reader);  // a reader that throws is not used again
        give_back(std::move(reader));
        return result;
    }

 private:
    std::unique_ptr<Reader> take();
    void give_back(std::unique_ptr<Reader> reader);

    std::filesystem::path file_;
    const Shared& shared_;
    const IdHasher& hasher_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Reader>> idle_;
};

}  // namespace tocsin::daemon::sqlite
