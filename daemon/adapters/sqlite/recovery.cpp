// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include <algorithm>
#include <ranges>

#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"
#include "common/core/uuid.hpp"
#include "daemon/adapters/sqlite/damage.hpp"
#include "daemon/adapters/sqlite/row.hpp"
#include "daemon/adapters/sqlite/store.hpp"
#include "daemon/adapters/sqlite/wal_file.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;
using core::Seq;

constexpr const char* no_room_ahead = "the disk has no room to write the WAL ahead; commits will be slower";

std::string blob_text(const SQLite::Column& column) {
    return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

std::string random_secret() {
    std::string secret;
    while (secret.size() < IdHasher::secret_bytes) {
        const std::uint64_t bits = core::random_bits();
        secret.append(reinterpret_cast<const char*>(&bits), sizeof bits);
    }
    return secret;
}

void load_dictionary(SQLite::Database& database, const std::string& query, Dictionary& names) {
    SQLite::Statement statement(database, query);
    while (statement.executeStep()) {
        const NameId id = names.add(blob_text(statement.getColumn(1)));
        if (id != static_cast<NameId>(statement.getColumn(0).getInt64()))
            throw Exit(ExitStatus::software, Code::internal,
                       "a dictionary of the store has a gap: it is damaged", damage_hint);
    }
}

/// Reads blocks, then the rows behind them, into memory.
class Loader {
 public:
    Loader(SQLite::Database& database, Shared& shared, Recovered& out)
        : database_(database), shared_(shared), out_(out), hasher_(out.hash_secret) {}

    void load() {
        const Seq begins = out_.tail.trimmed.before;
        load_blocks();
        if (out_.tail.open_first < begins) close_open_block(begins);
        out_.tail.head = std::max(out_.tail.head, begins - 1);
        load_tail();
        out_.tail.recorded = std::max(out_.tail.recorded, out_.tail.trimmed.recorded);
    }

 private:
    void load_blocks() {
        SQLite::Statement statement(database_, "SELECT first, n, t1, dict, types FROM block ORDER BY first");
        while (statement.executeStep()) {
            const Seq first = static_cast<Seq>(statement.getColumn(0).getInt64());
            const auto count = static_cast<std::size_t>(statement.getColumn(1).getInt64());
            const std::string types = blob_text(statement.getColumn(4));
            const bool begins_before = out_.tail.head > 0 || out_.tail.trimmed.before > 1;
            if (begins_before && first > out_.tail.open_first) note_gap(out_.tail.open_first, first - 1);
            if (first < out_.tail.trimmed.before) shared_.kept += count;
            if (count * sizeof(std::uint16_t) != types.size() || first < out_.tail.open_first)
                throw Exit(ExitStatus::software, Code::internal,
                           "block " + core::to_text(first) + " is damaged", damage_hint);
            count_types(first, read_dict(blob_text(statement.getColumn(3))), types);
            out_.tail.recorded = statement.getColumn(2).getInt64();
            out_.tail.head = first + count - 1;
            out_.tail.open_first = first + count;
        }
    }

    void count_types(Seq first, const std::vector<NameId>& dict, std::string_view types) {
        std::vector<TypeGrowth> growth(dict.size());
        for (std::size_t i = 0; i < types.size() / sizeof(std::uint16_t); ++i) {
            TypeGrowth& type = growth.at(type_place(types, i));
            if (type.count++ == 0) type.first = first + i;
            type.last = first + i;
        }
        for (std::size_t i = 0; i < dict.size(); ++i) {
            growth[i].type = dict[i];
            shared_.types.grow(growth[i]);
        }
    }

    void load_tail() {
        Tail& tail = out_.tail;
        SQLite::Statement statement(
            database_, std::string("SELECT ") + row_columns + " FROM event WHERE seq >= ? ORDER BY seq");
        statement.bind(1, static_cast<std::int64_t>(tail.open_first));
        while (statement.executeStep()) {
            const event::Event event = read_row(statement, shared_.names);
            const auto origin =
                static_cast<event::IdOrigin>(statement.getColumn(static_cast<int>(Column::minted)).getInt());
            const Seq expected = tail.open_first + tail.open.size();
            if (event.seq > expected && tail.head > 0) note_gap(expected, event.seq - 1);
            if (event.seq != expected || tail.open.size() == block_events) close_open_block(event.seq);
            add(event, static_cast<NameId>(statement.getColumn(static_cast<int>(Column::type)).getInt64()),
                origin);
        }
    }

    /// Places between stored events that hold none: trimmed, known from an earlier start, or lost since.
    void note_gap(Seq first, Seq last) {
        Seq unknown = std::max(first, out_.tail.trimmed.before);
        for (const core::SequenceRange& known : out_.missing)
            if (known.first <= unknown && known.last >= unknown) unknown = known.last + 1;
        if (unknown <= last) out_.gaps.push_back({unknown, last});
    }

    void add(const event::Event& event, NameId type, event::IdOrigin origin) {
        const std::int64_t recorded = core::to_microseconds(event.recorded);
        const std::uint64_t hash =
            hasher_.hash(author_key(event.author.kind, event.author.name), event.source, event.id, origin);
        out_.tail.open.push_back({type, recorded, hash});
        out_.tail.recorded = recorded;
        out_.tail.head = event.seq;
        shared_.types.grow({type, 1, event.seq, event.seq});
    }

    void close_open_block(Seq next) {
        Tail& tail = out_.tail;
        if (!tail.open.empty()) insert_block(database_, make_block(tail.open_first, tail.open));
        tail.open.clear();
        tail.open_first = next;
    }

    SQLite::Database& database_;
    Shared& shared_;
    Recovered& out_;
    IdHasher hasher_;
};

/// Ids of closed blocks, oldest first, as far back as the window reaches.
void rebuild_window(SQLite::Database& database, const Options& options, core::Timestamp now, Recovered& out) {
    const std::int64_t oldest = core::to_microseconds(now - options.dedupe_age);
    std::vector<std::pair<Seq, std::string>> blocks;
    std::size_t found = 0;
    SQLite::Statement statement(database, "SELECT first, t1, ids FROM block ORDER BY first DESC");
    while (found < options.dedupe_max_ids && statement.executeStep() &&
           statement.getColumn(1).getInt64() >= oldest) {
        blocks.emplace_back(static_cast<Seq>(statement.getColumn(0).getInt64()),
                            blob_text(statement.getColumn(2)));
        const std::string& ids = blocks.back().second;
        for (std::size_t i = 0; i < ids.size() / sizeof(std::uint64_t); ++i)
            found += IdHasher::chosen_by_client(id_hash_at(ids, i)) ? 1U : 0U;
    }
    const auto insert = [&](std::uint64_t hash, Seq seq) {
        if (IdHasher::chosen_by_client(hash)) out.window.insert(hash, seq);
    };
    for (const auto& [first, ids] : std::ranges::reverse_view(blocks))
        for (std::size_t i = 0; i < ids.size() / sizeof(std::uint64_t); ++i)
            insert(id_hash_at(ids, i), first + i);
    for (std::size_t i = 0; i < out.tail.open.size(); ++i)
        insert(out.tail.open[i].id_hash, out.tail.open_first + i);
}

std::vector<core::SequenceRange> load_missing(SQLite::Database& database) {
    std::vector<core::SequenceRange> ranges;
    SQLite::Statement statement(database, "SELECT first, last FROM missing ORDER BY first");
    while (statement.executeStep())
        ranges.push_back({static_cast<Seq>(statement.getColumn(0).getInt64()),
                          static_cast<Seq>(statement.getColumn(1).getInt64())});
    return ranges;
}

void note_missing(SQLite::Database& database, core::SequenceRange range, core::Timestamp now,
                  Recovered& out) {
    SQLite::Statement statement(database,
                                "INSERT OR REPLACE INTO missing(first, last, found) VALUES(?, ?, ?)");
    statement.bind(1, static_cast<std::int64_t>(range.first));
    statement.bind(2, static_cast<std::int64_t>(range.last));
    statement.bind(3, core::to_microseconds(now));
    statement.exec();
    out.missing.push_back(range);
    out.warnings.push_back("acknowledged events " + core::to_text(range.first) + " to " +
                           core::to_text(range.last) + " are missing from the store");
}

/// Holds the store against the mark: what was acknowledged must be there, and no sequence is used twice.
void compare_with_mark(SQLite::Database& database, const HighWaterMark& mark, core::Timestamp now,
                       Recovered& out) {
    Tail& tail = out.tail;
    const std::string stored = read_meta(database, "epoch");
    tail.epoch = stored.empty() ? core::random_bits() : std::stoull(stored, nullptr, 16);
    const auto last = mark.read();
    const bool is_new = stored.empty();
    const bool other_history = !is_new && (last ? last->epoch != tail.epoch : tail.head > 0);
    // What was lost last is remembered by the list of it alone.
    for (const core::SequenceRange& known : out.missing) tail.head = std::max(tail.head, known.last);
    for (const core::SequenceRange& gap : out.gaps) note_missing(database, gap, now, out);
    const bool lost = (last && last->seq > tail.head) || !out.gaps.empty();
    if (last && last->seq > tail.head) {
        note_missing(database, {tail.head + 1, last->seq}, now, out);
        tail.head = last->seq;
    }
    if (other_history)
        out.warnings.push_back(last ? "the store and its high-water mark come from different histories"
                                    : "the store has no high-water mark beside it");
    if (lost || other_history) {
        tail.epoch = core::random_bits();
        out.warnings.push_back("the log goes on under the new epoch " + epoch_text(tail.epoch));
    }
    if (is_new || lost || other_history) write_meta(database, "epoch", epoch_text(tail.epoch));
}

/// The open block may not span a gap: a place in it would not give the sequence any more.
void close_before_gap(SQLite::Database& database, Tail& tail) {
    if (tail.head + 1 == tail.open_first + tail.open.size()) return;
    if (!tail.open.empty()) insert_block(database, make_block(tail.open_first, tail.open));
    tail.open.clear();
    tail.open_first = tail.head + 1;
}

/// Frames that a crash left in the WAL may live in the page cache only; acknowledgements must not build on
/// them.
void checkpoint_fully(SQLite::Database& database) {
    int frames = 0;
    int copied = 0;
    const int result = sqlite3_wal_checkpoint_v2(database.getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                                 &frames, &copied);
    if (result != SQLITE_OK) throw SQLite::Exception(database.getHandle(), result);
}

/// Overwriting written blocks syncs faster than growing a file: the frames of a rolled-back transaction that
/// did not fit the cache stay in the WAL file as room.
void grow_wal(SQLite::Database& database, std::size_t bytes, std::vector<std::string>& warnings) {
    constexpr std::size_t piece = 1U << 20;
    const std::string cache = pragma(database, "cache_size");
    pragma(database, "cache_size=16");
    try {
        database.exec("BEGIN IMMEDIATE; CREATE TABLE pregrow(x)");
        for (std::size_t done = 0; done < bytes; done += piece)
            database.exec("INSERT INTO pregrow VALUES(zeroblob(" + std::to_string(piece) + "))");
    } catch (const SQLite::Exception& failure) {
        if (!is_full(failure)) throw;  // a full disk is still good for reading
        warnings.emplace_back(no_room_ahead);
    }
    if (sqlite3_get_autocommit(database.getHandle()) == 0) database.exec("ROLLBACK");
    pragma(database, "cache_size=" + cache);
    sqlite3_file* wal = nullptr;
    sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (wal != nullptr && wal->pMethods != nullptr) wal->pMethods->xSync(wal, SQLITE_SYNC_DATAONLY);
}

/// After the checkpoint: until then pages may be counted that only the WAL holds.
void check_size(SQLite::Database& database) {
    const std::filesystem::path file = database.getFilename();
    const std::uint64_t pages = std::stoull(pragma(database, "page_count"));
    const std::uint64_t bytes = pages * std::stoull(pragma(database, "page_size"));
    if (std::filesystem::file_size(file) < bytes)
        throw Exit(ExitStatus::software, Code::internal,
                   file.string() + " is shorter than its " + std::to_string(pages) + " pages: it is damaged",
                   damage_hint);
}

/// The mark as this start goes on from it.
void keep(HighWaterMark& mark, const Tail& tail) {
    try {
        mark.write({tail.head, tail.epoch});
        mark.sync();
    } catch (const Exit&) {
        throw;
    } catch (const core::Error& error) {
        throw Exit(ExitStatus::io, Code::unavailable, error.what(),
                   "check the disk, its free space and the file's permissions");
    }
}

Recovered load(SQLite::Database& database, const HighWaterMark& mark, Shared& shared, const Options& options,
               core::Timestamp now) {
    Recovered out{.tail = {},
                  .hash_secret = read_meta(database, "hash_key"),
                  .window = DedupeWindow(options.dedupe_max_ids),
                  .missing = load_missing(database),
                  .gaps = {},
                  .warnings = {}};
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    if (out.hash_secret.size() < IdHasher::secret_bytes) {
        out.hash_secret = random_secret();
        write_meta(database, "hash_key", out.hash_secret);
    }
    load_names(database, shared.names);
    if (const auto trimmed = read_trim_mark(database)) out.tail.trimmed = *trimmed;
    shared.begins = out.tail.trimmed.before;
    Loader(database, shared, out).load();
    rebuild_window(database, options, now, out);
    compare_with_mark(database, mark, now, out);
    close_before_gap(database, out.tail);
    transaction.commit();
    return out;
}

}  // namespace

std::string epoch_text(std::uint64_t epoch) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += hex[epoch >> shift & 15];
    return text;
}

std::string read_meta(SQLite::Database& database, const std::string& key) {
    SQLite::Statement statement(database, "SELECT value FROM meta WHERE key = ?");
    statement.bind(1, key);
    return statement.executeStep() ? blob_text(statement.getColumn(0)) : std::string();
}

void write_meta(SQLite::Database& database, const std::string& key, const std::string& value) {
    SQLite::Statement statement(database, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)");
    statement.bind(1, key);
    statement.bind(2, value.data(), static_cast<int>(value.size()));
    statement.exec();
}

std::optional<TrimMark> read_trim_mark(SQLite::Database& database) {
    const std::string text = read_meta(database, TrimMark::key);
    if (text.empty()) return std::nullopt;
    if (auto mark = parse_trim_mark(text)) return mark;
    throw Exit(ExitStatus::software, Code::internal,
               "the store's note of what retention has removed is damaged", damage_hint);
}

void load_names(SQLite::Database& database, Names& names) {
    load_dictionary(database, "SELECT id, name FROM type ORDER BY id", names.types);
    load_dictionary(database, "SELECT id, name FROM source ORDER BY id", names.sources);
    load_dictionary(database, "SELECT id, kind || char(10) || name FROM auth ORDER BY id", names.authors);
}

namespace {

bool is_consistent(const std::filesystem::path& file) try {
    SQLite::Database reader = open_reader(file);
    return pragma(reader, "quick_check(1)") == "ok";
} catch (const SQLite::Exception& failure) {
    if ((failure.getErrorCode() & 0xFF) == SQLITE_CORRUPT) return false;
    throw;
}

/// A log that is broken in its middle ends there for SQLite, and a checkpoint of what stands before would put
/// older pages over newer ones, which an earlier checkpoint took from behind. So the two are looked at
/// together first, with nothing written. Throws `core::Exit` 70 when they do not fit.
void refuse_mixed_pages(const std::filesystem::path& file) {
    const WalFile wal(file.string() + "-wal");
    if (wal.broken().empty() || is_consistent(file)) return;
    throw Exit(ExitStatus::software, Code::internal,
               file.string() + "-wal is damaged at frame " + std::to_string(wal.broken().front() + 1) +
                   ", and what stands before does not fit the database",
               damage_hint);
}

}  // namespace

SQLite::Database open_store(const std::filesystem::path& folder, const HighWaterMark& mark) {
    const std::filesystem::path file = folder / core::store_file;
    std::error_code error;
    const bool empty = !std::filesystem::exists(file, error) || std::filesystem::file_size(file, error) == 0;
    if (empty && mark.read())
        throw Exit(
            ExitStatus::software, Code::internal,
            file.string() + " is missing, but " + std::string(core::mark_file) +
                " beside it says that it held events",
            "put the database back, or a backup in its place with 'tocsin restore --replace'; to begin "
            "anew, move the mark away");
    try {
        if (!empty) refuse_mixed_pages(file);
        return open_writer(file);
    } catch (const SQLite::Exception& failure) {
        if (failure.getErrorCode() == SQLITE_NOTADB && !mark.read())
            throw Exit(ExitStatus::config, Code::conflict, file.string() + " is not a store of Tocsin's",
                       "name another state folder, or move the file away");
        throw to_start_error(failure, file);
    }
}

Recovered recover(SQLite::Database& database, HighWaterMark& mark, Shared& shared, const SpaceGuard& space,
                  const Options& options, const core::Clock& clock) {
    try {
        Recovered out = load(database, mark, shared, options, clock.now());
        checkpoint_fully(database);
        check_size(database);
        keep(mark, out.tail);
        if (space.has_room_for(options.wal_bytes))
            grow_wal(database, options.wal_bytes, out.warnings);
        else
            out.warnings.emplace_back(no_room_ahead);
        return out;
    } catch (const SQLite::Exception& failure) {
        throw to_start_error(failure, database.getFilename());
    }
}

}  // namespace tocsin::daemon::sqlite
