// SPDX-License-Identifier: Apache-2.0
// Block rows: 4096 events' types, times and id hashes in one place, instead of indexes.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/sequence.hpp"
#include "common/event/event.hpp"
#include "daemon/adapters/sqlite/dictionary.hpp"

namespace tocsin::daemon::sqlite {

inline constexpr std::size_t block_events = 4096;

/// What a block keeps of an event.
struct BlockEntry {
    NameId type = 0;
    std::int64_t recorded = 0;
    std::uint64_t id_hash = 0;
};

/// A row of table `block`. The events are contiguous: entry i has sequence first + i.
struct Block {
    core::Seq first = 0;
    std::size_t count = 0;
    std::int64_t t0 = 0;
    std::int64_t t1 = 0;
    std::string dict;
    std::string types;
    std::string ids;
};

/// So many that every place in the dictionary fits 16 bits.
inline constexpr std::size_t max_block_entries = 65'536;

/// At most `max_block_entries`.
Block make_block(core::Seq first, std::span<const BlockEntry> entries);

/// Stores a block with whatever transaction is open.
void insert_block(SQLite::Database& database, const Block& block);

/// Takes a block row of so many events from the statement's columns `first, n, t0, t1, dict, types, ids` to
/// pieces. Only the first and the last entry know when they were recorded. Throws `internal` when the row is
/// damaged.
std::vector<BlockEntry> entries_in(SQLite::Statement& statement);

/// The distinct type ids of a block.
std::vector<NameId> read_dict(std::string_view dict);

/// The number at a place of a packed column. Defined here: a search asks for each event of a block.
template <class Number>
Number number_at(std::string_view bytes, std::size_t index) noexcept {
    Number value{};
    std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
    return value;
}
inline std::uint16_t type_place(std::string_view types, std::size_t index) noexcept {
    return number_at<std::uint16_t>(types, index);
}
inline std::uint64_t id_hash_at(std::string_view ids, std::size_t index) noexcept {
    return number_at<std::uint64_t>(ids, index);
}

/// Hashes ids with a secret of the store, since clients choose them. The upper 32 bits depend on the id alone
/// (a look-up by id scans for them), the lower ones on author, source and id; the lowest bit says that a
/// client chose the id.
class IdHasher {
 public:
    static constexpr std::size_t secret_bytes = 192;

    explicit IdHasher(std::string secret) : secret_(std::move(secret)) {}
    std::uint64_t hash(std::string_view author_key, std::string_view source, std::string_view id,
                       event::IdOrigin origin) const noexcept {
        return hash(owner(author_key, source), id, origin);
    }
    /// The same in two steps: events in a row often have one owner.
    std::uint64_t owner(std::string_view author_key, std::string_view source) const noexcept;
    std::uint64_t hash(std::uint64_t owner, std::string_view id, event::IdOrigin origin) const noexcept;
    std::uint32_t id_part(std::string_view id) const noexcept;

    static bool chosen_by_client(std::uint64_t hash) noexcept { return (hash & 1) != 0; }
    static std::uint32_t id_part_of(std::uint64_t hash) noexcept {
        return static_cast<std::uint32_t>(hash >> 32);
    }

 private:
    std::uint64_t part(std::string_view text) const noexcept;
    std::string secret_;
};

}  // namespace tocsin::daemon::sqlite
