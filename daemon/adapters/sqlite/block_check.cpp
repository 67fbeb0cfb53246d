// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/block_check.hpp"

#include <string>

#include "daemon/adapters/sqlite/row.hpp"
#include "daemon/adapters/sqlite/store.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Seq;

Seq sequence_in(const SQLite::Column& column) { return static_cast<Seq>(column.getInt64()); }

std::string bytes_of(const SQLite::Column& column) {
    const void* bytes = column.getBlob();
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(column.getBytes())};
}

std::string name_of(const Block& block) {
    return "the block of events from " + std::to_string(block.first) + " on";
}

bool same(const Block& one, const Block& other) {
    return one.count == other.count && one.t0 == other.t0 && one.t1 == other.t1 && one.dict == other.dict &&
           one.types == other.types && one.ids == other.ids;
}

}  // namespace

BlockCheck::BlockCheck(SQLite::Database& database, Diagnosis& diagnosis, const Names* names)
    : diagnosis_(diagnosis),
      names_(diagnosis.depth == Depth::deep ? names : nullptr),
      blocks_(database, "SELECT first, n, t0, t1, dict, types, ids FROM block ORDER BY first"),
      rows_(database,
            std::string("SELECT ") + row_columns + " FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq") {
    if (names_ == nullptr) return;
    std::string secret = read_meta(database, "hash_key");
    if (secret.size() >= IdHasher::secret_bytes) hasher_.emplace(std::move(secret));
}

void BlockCheck::run() {
    Seq not_before = 1;
    while (blocks_.executeStep()) {
        const Block block{.first = sequence_in(blocks_.getColumn(0)),
                          .count = static_cast<std::size_t>(blocks_.getColumn(1).getInt64()),
                          .t0 = blocks_.getColumn(2).getInt64(),
                          .t1 = blocks_.getColumn(3).getInt64(),
                          .dict = bytes_of(blocks_.getColumn(4)),
                          .types = bytes_of(blocks_.getColumn(5)),
                          .ids = bytes_of(blocks_.getColumn(6))};
        if (!has_its_form(block, not_before)) continue;
        not_before = block.first + block.count;
        if (hasher_) compare(block, *hasher_);
    }
}

bool BlockCheck::has_its_form(const Block& block, Seq not_before) {
    const std::size_t count = block.count;
    const std::size_t types = block.dict.size() / sizeof(NameId);
    bool right = count > 0 && count <= max_block_entries && block.first >= not_before &&
                 block.types.size() == count * sizeof(std::uint16_t) &&
                 block.ids.size() == count * sizeof(std::uint64_t) && block.t0 <= block.t1;
    for (std::size_t i = 0; right && i < count; ++i) right = type_place(block.types, i) < types;
    if (!right) diagnosis_.findings.push_back(name_of(block) + " is damaged");
    return right;
}

void BlockCheck::compare(const Block& block, const IdHasher& hasher) {
    try {
        const std::vector<BlockEntry> entries = entries_of(block, hasher);
        const bool complete = entries.size() == block.count;
        if (!complete)
            diagnosis_.findings.push_back(name_of(block) + " stands for " + std::to_string(block.count) +
                                          " events, of which " + std::to_string(entries.size()) +
                                          " are there");
        else if (!same(block, make_block(block.first, entries)))
            diagnosis_.findings.push_back(name_of(block) + " differs from one made of these events");
    } catch (const core::Error& error) {
        diagnosis_.notes.push_back(name_of(block) + " can't be held against them: " + error.what());
    }
    rows_.reset();
}

std::vector<BlockEntry> BlockCheck::entries_of(const Block& block, const IdHasher& hasher) {
    std::vector<BlockEntry> entries;
    rows_.reset();
    rows_.bind(1, static_cast<std::int64_t>(block.first));
    rows_.bind(2, static_cast<std::int64_t>(block.first + block.count - 1));
    while (rows_.executeStep()) {
        const event::Event event = read_row(rows_, *names_);
        const auto number = [&](Column column) {
            return rows_.getColumn(static_cast<int>(column)).getInt64();
        };
        const auto origin = static_cast<event::IdOrigin>(number(Column::minted));
        entries.push_back(
            {static_cast<NameId>(number(Column::type)), number(Column::recorded),
             hasher.hash(author_key(event.author.kind, event.author.name), event.source, event.id, origin)});
    }
    return entries;
}

}  // namespace tocsin::daemon::sqlite
