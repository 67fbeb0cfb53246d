// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/committer.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Error;
using core::Seq;
using event::Receipt;
using eventlog::AppendResult;

constexpr const char* insert_row_sql =
    "INSERT INTO event(seq, type, recorded, sum, source, auth, minted, id, attrs, data) "
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

// Without a sequence SQLite appends behind the last row instead of seeking; batch_table.hpp has `batch`.
constexpr const char* insert_rest_sql =
    "INSERT INTO event(type, recorded, sum, source, auth, minted, id, attrs, data) "
    "SELECT type, recorded, sum, source, auth, minted, id, attrs, data FROM batch LIMIT -1 OFFSET 1";

void run(SQLite::Statement& statement) {
    statement.reset();
    statement.exec();
    statement.reset();
}

void insert_new_names(SQLite::Statement& insert, const Dictionary& names, std::size_t before) {
    for (std::size_t id = before + 1; id <= names.size(); ++id) {
        insert.reset();
        insert.bind(1, static_cast<std::int64_t>(id));
        insert.bind(2, names.at(static_cast<NameId>(id)).name);
        insert.exec();
    }
    insert.reset();
}

SQLite::Database& with_batch_table(SQLite::Database& database, const std::vector<NewRow>& rows) {
    register_batch_table(database, rows);
    return database;
}

/// A receipt says the id as the client sent it, or as it was minted.
void hand_over_ids(eventlog::Batch& batch, AppendResult& result) {
    auto* receipts = std::get_if<std::vector<Receipt>>(&result);
    if (receipts == nullptr) return;
    for (std::size_t i = 0; i < receipts->size(); ++i) (*receipts)[i].id = std::move(batch.drafts[i].id);
}

Error conflict(const event::Draft& draft, const std::string& first) {
    return Error(Code::conflict,
                 "id '" + draft.id + "' of source '" + draft.source + "' " + first +
                     " with another type or other data",
                 "choose a new id for a new event");
}

}  // namespace

Committer::Committer(SQLite::Database& database, HighWaterMark& mark, Shared& shared, Recovered& recovered,
                     SpaceGuard& space, const Options& options, const core::Clock& clock,
                     metrics::Metrics& metrics)
    : database_(database),
      mark_(mark),
      shared_(shared),
      space_(space),
      options_(options),
      clock_(clock),
      metrics_(metrics),
      hasher_(recovered.hash_secret),
      window_(recovered.window),
      tail_(recovered.tail),
      head_(recovered.tail.head),
      begin_(database, "BEGIN IMMEDIATE"),
      commit_(database, "COMMIT"),
      insert_first_(database, insert_row_sql),
      insert_rest_(with_batch_table(database, rows_), insert_rest_sql),
      insert_type_(database, "INSERT INTO type(id, name) VALUES(?, ?)"),
      insert_source_(database, "INSERT INTO source(id, name) VALUES(?, ?)"),
      insert_author_(database,
                     "INSERT INTO auth(id, kind, name) SELECT ?1, substr(?2, 1, instr(?2, char(10)) - 1), "
                     "substr(?2, instr(?2, char(10)) + 1)"),
      select_row_(database, std::string("SELECT ") + row_columns + " FROM event WHERE seq = ?") {}

Committer::Committed Committer::commit(const std::vector<eventlog::Batch*>& group,
                                       const std::vector<CommitPart>& parts) {
    Committed committed;
    const auto refuse_all = [&](const Error& error) { committed.results.assign(group.size(), error); };
    const auto fail = [&](const Error& error, Outcome outcome) {
        committed.parts_failure = roll_back(error, outcome);
        refuse_all(error);
    };
    if (failure_) {
        refuse_all(*failure_);
        committed.parts_failure = failure_;
        return committed;
    }
    begin();
    try {
        const auto full = group.empty() ? std::nullopt : space_.check();
        committed.results.reserve(group.size());
        for (const eventlog::Batch* batch : group)
            committed.results.push_back(full ? AppendResult(*full) : admit(*batch));
        if (!rows_.empty() || !parts.empty()) store(parts);
        settle();
        for (std::size_t i = 0; i < group.size(); ++i) hand_over_ids(*group[i], committed.results[i]);
    } catch (const SQLite::Exception& failure) {
        if (is_full(failure)) space_.note_full();
        fail(to_error(failure, "the commit failed"),
             is_full(failure) ? Outcome::not_stored : Outcome::unknown);
    } catch (const std::exception& error) {
        // The mark could not be written, memory ran out, or the store gave another sequence than expected.
        fail(Error::unavailable(core::Reason::store_io, error.what(),
                                "the outcome is unknown: send it again with the same id"),
             Outcome::unknown);
    }
    return committed;
}

void Committer::begin() {
    rows_.clear();
    pending_.clear();
    types_before_ = shared_.names.types.size();
    sources_before_ = shared_.names.sources.size();
    authors_before_ = shared_.names.authors.size();
    now_ = std::max(core::to_microseconds(clock_.now()), tail_.recorded);
}

AppendResult Committer::admit(const eventlog::Batch& batch) {
    const std::size_t before = rows_.size();
    use_author(batch.author);
    std::vector<Receipt> receipts;
    receipts.reserve(batch.drafts.size());
    for (const event::Draft& draft : batch.drafts) {
        try {
            receipts.push_back(admit_draft(draft));
        } catch (const Error& error) {  // a conflict, or the row that it has to be compared with is damaged
            forget_rows_from(before);
            return error.at_line(draft.line);
        }
    }
    return receipts;
}

/// The receipt gets its id after the commit.
Receipt Committer::admit_draft(const event::Draft& draft) {
    use_name(type_, shared_.names.types, draft.type.name());
    use_source(draft.source);
    NewRow row;
    row.draft = &draft;
    row.author = author_.id;
    row.id_hash = hasher_.hash(owner_, draft.id, draft.id_origin);
    row.type = type_.id;
    row.source = source_.id;
    if (const auto uuid = core::parse_uuid(draft.id)) {
        row.id_is_uuid = true;
        row.uuid = *uuid;
    }
    if (draft.id_origin == event::IdOrigin::client)
        if (const auto seq = find_stored(row)) return {{}, *seq, Receipt::Outcome::duplicate};
    row.seq = tail_.head + rows_.size() + 1;
    row.recorded = now_;
    row.sum = checksum({.seq = row.seq,
                        .recorded = row.recorded,
                        .type_hash = type_.entry->hash,
                        .source_hash = source_.entry->hash,
                        .author_hash = author_.entry->hash,
                        .id_origin = draft.id_origin,
                        .id_is_uuid = row.id_is_uuid,
                        .id = row.id_bytes(),
                        .attributes = draft.attributes.json(),
                        .data_kind = draft.data.kind,
                        .data = draft.data.bytes});
    // The id may live inside the row, so the row takes its place before anything points to it.
    rows_.push_back(row);
    if (draft.id_origin == event::IdOrigin::client) pending_.emplace(row.id_hash, row.seq);
    return {{}, row.seq, Receipt::Outcome::stored};
}

void Committer::use_author(const event::Author& author) {
    if (author_.entry != nullptr && is_author_key(author_.entry->name, author.kind, author.name)) return;
    use_name(author_, shared_.names.authors, author_key(author.kind, author.name));
    source_ = {};
}

void Committer::use_source(std::string_view source) {
    if (source_.entry != nullptr && source_.entry->name == source) return;
    use_name(source_, shared_.names.sources, source);
    owner_ = hasher_.owner(author_.entry->name, source);
}

void Committer::use_name(RecentName& recent, Dictionary& names, std::string_view name) {
    if (recent.entry != nullptr && recent.entry->name == name) return;
    const auto known = names.find(name);
    recent.id = known ? *known : names.add(name);
    recent.entry = &names.at(recent.id);
}

std::optional<Seq> Committer::find_stored(const NewRow& row) {
    const auto [first, last] = pending_.equal_range(row.id_hash);
    for (auto pending = first; pending != last; ++pending)
        if (is_same_event(row, pending->second)) return pending->second;
    for (const Seq seq : window_.candidates(row.id_hash))
        if (is_same_event(row, seq)) return seq;
    return std::nullopt;
}

/// The row is the same event when author, source and id agree and it is young enough. Throws `conflict` when
/// its type or data differ.
bool Committer::is_same_event(const NewRow& row, Seq seq) {
    if (seq > tail_.head) {
        const NewRow& other = rows_.at(seq - tail_.head - 1);
        const bool same_key =
            row.author == other.author && row.source == other.source && row.draft->id == other.draft->id;
        const bool same_content = row.type == other.type && row.draft->data == other.draft->data;
        if (same_key && !same_content) throw conflict(*row.draft, "is on its way into the log");
        return same_key;
    }
    select_row_.reset();
    select_row_.bind(1, static_cast<std::int64_t>(seq));
    if (!select_row_.executeStep()) return false;
    const event::Event stored = read_row(select_row_, shared_.names);
    select_row_.reset();
    const auto age = std::chrono::microseconds(now_ - core::to_microseconds(stored.recorded));
    const auto& author = shared_.names.authors.at(row.author).name;
    if (!is_author_key(author, stored.author.kind, stored.author.name) ||
        stored.source != row.draft->source || stored.id != row.draft->id || age >= options_.dedupe_age)
        return false;
    if (stored.type != row.draft->type || stored.data != row.draft->data)
        throw conflict(*row.draft, "is stored as event " + core::to_text(seq));
    return true;
}

void Committer::forget_rows_from(std::size_t size) {
    while (rows_.size() > size) {
        const auto [first, last] = pending_.equal_range(rows_.back().id_hash);
        const auto same_row = [&](const auto& entry) { return entry.second == rows_.back().seq; };
        if (const auto found = std::find_if(first, last, same_row); found != last) pending_.erase(found);
        rows_.pop_back();
    }
}

void Committer::store(const std::vector<CommitPart>& parts) {
    const auto start = clock_.steady();
    run(begin_);
    if (!rows_.empty()) store_rows();
    for (const CommitPart& part : parts) part.write(database_);
    run(commit_);
    if (!rows_.empty()) mark_.write({rows_.back().seq, tail_.epoch});
    metrics_.commit_seconds.observe(clock_.steady() - start);
    metrics_.commit_events.observe(static_cast<double>(rows_.size()));
}

void Committer::store_rows() {
    insert_names();
    insert_rows();
    insert_blocks();
}

void Committer::insert_names() {
    insert_new_names(insert_type_, shared_.names.types, types_before_);
    insert_new_names(insert_source_, shared_.names.sources, sources_before_);
    insert_new_names(insert_author_, shared_.names.authors, authors_before_);
}

void Committer::insert_rows() {
    insert_first_.reset();
    bind_row(insert_first_, rows_.front());
    insert_first_.exec();
    insert_first_.reset();
    if (rows_.size() > 1) run(insert_rest_);
    const auto last = static_cast<Seq>(sqlite3_last_insert_rowid(database_.getHandle()));
    if (last != rows_.back().seq)
        throw Error(Code::internal, "the store gave sequence " + core::to_text(last) + " where " +
                                        core::to_text(rows_.back().seq) + " was expected");
}

void Committer::insert_blocks() {
    for (const NewRow& row : rows_) tail_.open.push_back({row.type, row.recorded, row.id_hash});
    const std::span<const BlockEntry> entries = tail_.open;
    for (; entries.size() - closed_ >= block_events; closed_ += block_events)
        insert_block(database_,
                     make_block(tail_.open_first + closed_, entries.subspan(closed_, block_events)));
}

/// After the commit: the rows are part of the log, and memory follows.
void Committer::settle() {
    // Names that only refused batches or duplicates brought are not stored, so they must not be kept.
    if (rows_.empty()) return forget_names();
    tail_.open.erase(tail_.open.begin(), tail_.open.begin() + static_cast<std::ptrdiff_t>(closed_));
    tail_.open_first += closed_;
    closed_ = 0;
    tail_.head = rows_.back().seq;
    tail_.recorded = now_;
    std::unordered_map<NameId, TypeGrowth> growth;
    TypeGrowth* type = nullptr;
    for (const NewRow& row : rows_) {
        if (type == nullptr || type->type != row.type) type = &growth[row.type];
        type->type = row.type;
        if (type->count++ == 0) type->first = row.seq;
        type->last = row.seq;
        if (row.draft->id_origin == event::IdOrigin::client) window_.insert(row.id_hash, row.seq);
    }
    for (const auto& [id, grown] : growth) {
        shared_.types.grow(grown);
        metrics_.events.add(shared_.names.types.at(id).name, grown.count);
    }
    head_.store(tail_.head, std::memory_order_release);
}

void Committer::forget_names() {
    shared_.names.types.shrink(types_before_);
    shared_.names.sources.shrink(sources_before_);
    shared_.names.authors.shrink(authors_before_);
    type_ = source_ = author_ = {};
}

/// Makes memory what it was before the group. Unless the disk was merely full, nothing is committed any more.
Error Committer::roll_back(const Error& error, Outcome outcome) {
    metrics_.commit_failures.add();
    for (SQLite::Statement* statement : {&begin_, &commit_, &insert_first_, &insert_rest_, &insert_type_,
                                         &insert_source_, &insert_author_, &select_row_})
        statement->tryReset();
    if (sqlite3_get_autocommit(database_.getHandle()) == 0 && database_.tryExec("ROLLBACK") != SQLITE_OK)
        outcome = Outcome::unknown;
    if (outcome == Outcome::unknown) failure_ = error;
    if (tail_.open.size() + tail_.open_first > tail_.head + 1)
        tail_.open.resize(tail_.head + 1 - tail_.open_first);
    closed_ = 0;
    rows_.clear();
    pending_.clear();
    forget_names();
    return error;
}

}  // namespace tocsin::daemon::sqlite
