// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/reader.hpp"

#include <algorithm>
#include <utility>

#include "common/core/exit_status.hpp"
#include "daemon/adapters/sqlite/damage.hpp"
#include "daemon/adapters/sqlite/pages.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Seq;
using event::Event;
using eventlog::Order;
using eventlog::Page;
using eventlog::Query;

/// How many blocks one call looks into, and how many it skips by their dictionary, before it hands back.
constexpr std::size_t blocks_per_call = 32;
constexpr std::size_t skips_per_call = 512;

std::int64_t number(Seq seq) { return static_cast<std::int64_t>(seq); }

Seq sequence_in(const SQLite::Column& column) { return static_cast<Seq>(column.getInt64()); }

std::string_view bytes_of(const SQLite::Column& column) {
    return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

std::string select_rows(const std::string& rest) {
    return std::string("SELECT ") + row_columns + " FROM event " + rest;
}

core::Exit damaged_block(Seq first) {
    return {core::ExitStatus::software, core::Code::internal,
            "the block row of event " + core::to_text(first) + " is damaged", damage_hint};
}

/// A read transaction: what it sees does not move while it lives.
class Snapshot {
 public:
    explicit Snapshot(SQLite::Database& database) : database_(database) { database_.exec("BEGIN"); }
    ~Snapshot() { database_.tryExec("COMMIT"); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

 private:
    SQLite::Database& database_;
};

}  // namespace

/// One call's question and what it has found so far. Runs from `place` towards `end`, both inclusive.
struct Reader::Scan {
    const Query& query;
    Seq low = 0;
    Seq high = 0;
    bool any_type = true;
    TypeSet types;
    std::optional<NameId> source;
    Page page;
    std::size_t looked_into = 0;
    std::size_t skipped = 0;

    bool up() const { return query.order == Order::ascending; }
    bool full() const { return page.events.size() >= query.limit || page.bytes >= query.max_bytes; }
    bool spent() const { return looked_into >= blocks_per_call || skipped >= skips_per_call; }
    bool over() const { return low > high; }

    bool wants(SQLite::Statement& row) const {
        const auto id = [&](Column which) {
            return static_cast<NameId>(row.getColumn(static_cast<int>(which)).getInt64());
        };
        return (any_type || types.contains(id(Column::type))) && (!source || *source == id(Column::source));
    }

    void keep(Event event) {
        page.bytes += event.size_bytes();
        page.events.push_back(std::move(event));
    }

    /// Everything up to `seq` is done.
    void advance_past(Seq seq) {
        if (up())
            low = seq + 1;
        else
            high = seq - 1;
        page.scanned_to = seq;
    }
};

Reader::Reader(const std::filesystem::path& file, const Shared& shared, const IdHasher& hasher)
    : shared_(shared),
      hasher_(hasher),
      database_(open_reader(file)),
      rows_up_(database_, select_rows("WHERE seq BETWEEN ? AND ? ORDER BY seq")),
      rows_down_(database_, select_rows("WHERE seq BETWEEN ? AND ? ORDER BY seq DESC")),
      row_(database_, select_rows("WHERE seq = ?")),
      block_up_(database_,
                "SELECT first, n, dict, types FROM block WHERE first >= "
                "coalesce((SELECT max(first) FROM block WHERE first <= ?1), ?1) ORDER BY first"),
      block_down_(database_, "SELECT first, n, dict, types FROM block WHERE first <= ? ORDER BY first DESC"),
      block_ids_(database_, "SELECT first, ids FROM block ORDER BY first"),
      tail_id_(database_, "SELECT seq FROM event WHERE seq > ? AND seq <= ? AND id = ? ORDER BY seq"),
      blocks_end_(database_, "SELECT first + n - 1 FROM block ORDER BY first DESC LIMIT 1"),
      time_from_(database_, "SELECT seq, recorded FROM event WHERE seq >= ? ORDER BY seq LIMIT 1"),
      last_time_(database_, "SELECT recorded FROM event ORDER BY seq DESC LIMIT 1"),
      tail_types_(database_, "SELECT seq, type FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq"),
      page_count_(database_, "PRAGMA page_count"),
      free_count_(database_, "PRAGMA freelist_count") {}

Page Reader::read(const Query& query, Seq head) {
    Scan scan{.query = query,
              .low = query.after + 1,
              .high = std::min(query.before - 1, head),
              .types = {},
              .source = {},
              .page = {}};
    scan.page.scanned_to = scan.up() ? std::max(query.after, scan.high) : query.after;
    const Seq range_end = scan.page.scanned_to;
    if (!query.takes_every_type()) {
        scan.any_type = false;
        scan.types = shared_.types.matching(query, shared_.names.types);
        scan.low = std::max(scan.low, scan.types.first());
        scan.high = std::min(scan.high, scan.types.last());
    }
    if (!query.source.empty()) {
        scan.source = shared_.names.sources.find(query.source);
        if (!scan.source) return scan.page;
    }
    const Seq begins = shared_.begins.load(std::memory_order_acquire);
    if (shared_.kept == 0) scan.low = std::max(scan.low, begins);  // nothing is left in front
    if (scan.over() || query.limit == 0) return scan.page;
    const Snapshot snapshot(database_);
    if (scan.any_type)
        scan_rows(scan, {scan.low, scan.high});
    else
        scan_blocks(scan);
    const bool more = (scan.full() || scan.spent()) && !scan.over();
    scan.page.end = more ? Page::End::more : Page::End::reached;
    if (!more) scan.page.scanned_to = range_end;
    return std::move(scan.page);
}

/// Steps through rows and keeps what matches, until the page is full.
void Reader::scan_rows(Scan& scan, Extent extent) {
    // A filter by source alone has no block to go by: its work is bounded by rows.
    constexpr Seq rows_per_call = 16 * block_events;
    if (extent.first > extent.last) return;
    const Seq span = extent.last - extent.first + 1;
    if (span > rows_per_call && scan.source) {
        if (scan.up())
            extent.last = extent.first + rows_per_call - 1;
        else
            extent.first = extent.last - rows_per_call + 1;
        scan.looked_into = blocks_per_call;
    }
    SQLite::Statement& rows = scan.up() ? rows_up_ : rows_down_;
    rows.reset();
    rows.bind(1, number(extent.first));
    rows.bind(2, number(extent.last));
    while (!scan.full() && rows.executeStep()) {
        if (!scan.wants(rows)) continue;
        scan.keep(read_row(rows, shared_.names));
    }
    rows.reset();
    const Seq far_end = scan.up() ? extent.last : extent.first;
    scan.advance_past(scan.full() ? scan.page.events.back().seq : far_end);
}

SQLite::Statement& Reader::next_block(const Scan& scan, Seq place) {
    SQLite::Statement& blocks = scan.up() ? block_up_ : block_down_;
    blocks.reset();
    blocks.bind(1, number(place));
    return blocks;
}

void Reader::scan_blocks(Scan& scan) {
    const Seq blocks_end = last_in_blocks();
    if (!scan.up() && scan.high > blocks_end)
        scan_rows(scan, {std::max(scan.low, blocks_end + 1), scan.high});
    if (scan.full() || scan.over()) return;
    SQLite::Statement& blocks = next_block(scan, scan.up() ? scan.low : scan.high);
    while (!scan.full() && !scan.spent() && !scan.over() && blocks.executeStep()) {
        const Seq first = sequence_in(blocks.getColumn(0));
        const Extent extent{std::max(first, scan.low),
                            std::min(first + sequence_in(blocks.getColumn(1)) - 1, scan.high)};
        if (scan.up() ? first > scan.high : extent.last < scan.low) break;
        if (extent.first > extent.last) continue;
        if (!scan_block(scan, extent)) {
            ++scan.skipped;
            scan.advance_past(scan.up() ? extent.last : extent.first);
        }
    }
    blocks.reset();
    if (scan.up() && !scan.full() && !scan.spent() && !scan.over())
        scan_rows(scan, {std::max(scan.low, blocks_end + 1), scan.high});
}

/// False when the block's dictionary says that nothing in it matches.
bool Reader::scan_block(Scan& scan, Extent extent) {
    SQLite::Statement& block = scan.up() ? block_up_ : block_down_;
    const std::vector<NameId> dict = read_dict(bytes_of(block.getColumn(2)));
    std::vector<char> hit(dict.size());  // not of bool: it is asked for each event
    for (std::size_t i = 0; i < dict.size(); ++i) hit[i] = scan.types.contains(dict[i]) ? 1 : 0;
    if (std::ranges::find(hit, 1) == hit.end()) return false;
    ++scan.looked_into;
    const Seq first = sequence_in(block.getColumn(0));
    const auto types = block.getColumn(3);
    const std::string_view places = bytes_of(types);
    if (places.size() < (extent.last - first + 1) * sizeof(std::uint16_t)) throw damaged_block(first);
    std::vector<Seq> hits;
    for (Seq seq = extent.first; seq <= extent.last; ++seq) {
        const std::uint16_t place = type_place(places, seq - first);
        if (place < hit.size() && hit[place] != 0) hits.push_back(seq);
    }
    if (hits.size() * 8 > extent.last - extent.first + 1) {
        scan_rows(scan, extent);
        return true;
    }
    if (!scan.up()) std::ranges::reverse(hits);
    fetch_hits(scan, hits);
    if (!scan.full()) scan.advance_past(scan.up() ? extent.last : extent.first);
    return true;
}

void Reader::fetch_hits(Scan& scan, const std::vector<Seq>& hits) {
    for (const Seq seq : hits) {
        if (scan.full()) return;
        row_.reset();
        row_.bind(1, number(seq));
        if (row_.executeStep() && scan.wants(row_)) scan.keep(read_row(row_, shared_.names));
        row_.reset();
        scan.advance_past(seq);
    }
}

std::optional<Event> Reader::get(Seq seq) {
    row_.reset();
    row_.bind(1, number(seq));
    std::optional<Event> found;
    if (row_.executeStep()) found = read_row(row_, shared_.names);
    row_.reset();
    return found;
}

std::vector<Event> Reader::find(std::string_view id, std::size_t limit, Seq head) {
    const Snapshot snapshot(database_);
    std::vector<Event> found;
    std::vector<Seq> places = nominated_by_blocks(hasher_.id_part(id));
    for (const Seq seq : in_tail(id, head)) places.push_back(seq);
    for (const Seq seq : places) {
        auto event = get(seq);
        if (event && event->id == id) found.push_back(std::move(*event));
        if (found.size() == limit) break;
    }
    return found;
}

/// Places in blocks whose id may be the one that is looked for, oldest first.
std::vector<Seq> Reader::nominated_by_blocks(std::uint32_t id_part) {
    std::vector<Seq> places;
    block_ids_.reset();
    while (block_ids_.executeStep()) {
        const Seq first = sequence_in(block_ids_.getColumn(0));
        const auto column = block_ids_.getColumn(1);
        const std::string_view ids = bytes_of(column);
        for (std::size_t i = 0; i < ids.size() / sizeof(std::uint64_t); ++i)
            if (IdHasher::id_part_of(id_hash_at(ids, i)) == id_part) places.push_back(first + i);
    }
    block_ids_.reset();
    return places;
}

std::vector<Seq> Reader::in_tail(std::string_view id, Seq head) {
    std::vector<Seq> places;
    tail_id_.reset();
    tail_id_.bind(1, number(last_in_blocks()));
    tail_id_.bind(2, number(head));
    if (const auto uuid = core::parse_uuid(id))
        tail_id_.bind(3, uuid->data(), static_cast<int>(uuid->size()));
    else
        tail_id_.bind(3, std::string(id));
    while (tail_id_.executeStep()) places.push_back(sequence_in(tail_id_.getColumn(0)));
    tail_id_.reset();
    return places;
}

Seq Reader::last_in_blocks() {
    blocks_end_.reset();
    const Seq end = blocks_end_.executeStep() ? sequence_in(blocks_end_.getColumn(0)) : 0;
    blocks_end_.reset();
    return end;
}

std::optional<std::pair<Seq, core::Timestamp>> Reader::time_from(Seq seq) {
    time_from_.reset();
    time_from_.bind(1, number(seq));
    std::optional<std::pair<Seq, core::Timestamp>> found;
    if (time_from_.executeStep())
        found.emplace(sequence_in(time_from_.getColumn(0)),
                      core::from_microseconds(time_from_.getColumn(1).getInt64()));
    time_from_.reset();
    return found;
}

/// `recorded` never decreases, so halving the places finds the time; gaps are skipped by `seq >= ?`.
Seq Reader::seek(core::Timestamp time, Seq head) {
    const Snapshot snapshot(database_);
    Seq low = 1;
    Seq high = head + 1;
    while (low < high) {
        const Seq middle = low + (high - low) / 2;
        const auto found = time_from(middle);
        if (found && found->second < time)
            low = found->first + 1;
        else
            high = middle;
    }
    const auto found = time_from(low);  // what lay there may be gone
    return found ? found->first : head + 1;
}

std::optional<core::Timestamp> Reader::last_time() {
    last_time_.reset();
    std::optional<core::Timestamp> time;
    if (last_time_.executeStep()) time = core::from_microseconds(last_time_.getColumn(0).getInt64());
    last_time_.reset();
    return time;
}

std::vector<TypeShrink> Reader::first_of(std::vector<TypeShrink> types, Seq head) {
    if (types.empty()) return types;
    const Snapshot snapshot(database_);
    std::unordered_map<NameId, TypeShrink*> wanted;
    Seq from = head;
    for (TypeShrink& type : types) {
        wanted.emplace(type.type, &type);
        from = std::min(from, type.first);
    }
    const Seq walked_to = walk_for_first(wanted, from, head);
    for (const auto& [id, type] : wanted) type->first = std::max(type->first, walked_to + 1);
    return types;
}

/// Takes the types that it finds out of `wanted`. The place up to which there are no others.
Seq Reader::walk_for_first(std::unordered_map<NameId, TypeShrink*>& wanted, Seq from, Seq head) {
    Seq walked_to = from - 1;
    const auto note = [&](NameId id, Seq seq) {
        const auto found = wanted.find(id);
        if (found == wanted.end() || seq < found->second->first) return;
        found->second->first = seq;
        found->second->known = TypeShrink::First::exact;
        wanted.erase(found);
    };
    std::size_t walked = 0;
    block_up_.reset();
    block_up_.bind(1, number(from));
    for (; walked < skips_per_call && !wanted.empty() && block_up_.executeStep(); ++walked) {
        const Seq first = sequence_in(block_up_.getColumn(0));
        const std::vector<NameId> dict = read_dict(bytes_of(block_up_.getColumn(2)));
        const bool hit = std::ranges::any_of(dict, [&](NameId id) { return wanted.contains(id); });
        const std::string_view places = hit ? bytes_of(block_up_.getColumn(3)) : std::string_view();
        for (std::size_t i = 0; i < places.size() / sizeof(std::uint16_t); ++i)
            if (const std::uint16_t place = type_place(places, i); place < dict.size())
                note(dict[place], first + i);
        walked_to = std::max(walked_to, first + sequence_in(block_up_.getColumn(1)) - 1);
    }
    block_up_.reset();
    if (wanted.empty() || walked == skips_per_call) return walked_to;
    tail_types_.reset();
    tail_types_.bind(1, number(std::max(walked_to + 1, last_in_blocks() + 1)));
    tail_types_.bind(2, number(head));
    while (!wanted.empty() && tail_types_.executeStep())
        note(static_cast<NameId>(tail_types_.getColumn(1).getInt64()), sequence_in(tail_types_.getColumn(0)));
    tail_types_.reset();
    return head;
}

Reader::PageCounts Reader::pages() {
    const auto value_of = [](SQLite::Statement& statement) {
        statement.reset();
        statement.executeStep();
        const auto value = static_cast<std::uint64_t>(statement.getColumn(0).getInt64());
        statement.reset();
        return value;
    };
    const Snapshot snapshot(database_);
    return {value_of(page_count_), value_of(free_count_), page_bytes};
}

ReaderPool::ReaderPool(std::filesystem::path file, const Shared& shared, const IdHasher& hasher)
    : file_(std::move(file)), shared_(shared), hasher_(hasher) {}

std::unique_ptr<Reader> ReaderPool::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            std::unique_ptr<Reader> reader = std::move(idle_.back());
            idle_.pop_back();
            return reader;
        }
    }
    return std::make_unique<Reader>(file_, shared_, hasher_);
}

void ReaderPool::give_back(std::unique_ptr<Reader> reader) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(reader));
}

}  // namespace tocsin::daemon::sqlite
