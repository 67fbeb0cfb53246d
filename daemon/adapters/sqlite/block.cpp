// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/block.hpp"

#include <xxhash.h>

#include <bit>
#include <cstring>
#include <unordered_map>

#include "common/core/error.hpp"
#include "daemon/adapters/sqlite/damage.hpp"

namespace tocsin::daemon::sqlite {
namespace {

// Numbers are stored little-endian; Tocsin is built for such machines only.
static_assert(std::endian::native == std::endian::little);

template <class Number>
void append_number(Number value, std::string& out) {
    const std::size_t size = out.size();
    out.resize(size + sizeof value);
    std::memcpy(out.data() + size, &value, sizeof value);
}

}  // namespace

Block make_block(core::Seq first, std::span<const BlockEntry> entries) {
    Block block{.first = first,
                .count = entries.size(),
                .t0 = entries.front().recorded,
                .t1 = entries.back().recorded,
                .dict = {},
                .types = {},
                .ids = {}};
    block.types.reserve(entries.size() * sizeof(std::uint16_t));
    block.ids.reserve(entries.size() * sizeof(std::uint64_t));
    std::unordered_map<NameId, std::uint16_t> places;
    for (const BlockEntry& entry : entries) {
        const auto [place, is_new] =
            places.try_emplace(entry.type, static_cast<std::uint16_t>(places.size()));
        if (is_new) append_number(entry.type, block.dict);
        append_number(place->second, block.types);
        append_number(entry.id_hash, block.ids);
    }
    return block;
}

void insert_block(SQLite::Database& database, const Block& block) {
    SQLite::Statement statement(
        database, "INSERT INTO block(first, n, t0, t1, dict, types, ids) VALUES(?, ?, ?, ?, ?, ?, ?)");
    const auto bind_blob = [&](int place, const std::string& bytes) {
        statement.bindNoCopy(place, bytes.data(), static_cast<int>(bytes.size()));
    };
    statement.bind(1, static_cast<std::int64_t>(block.first));
    statement.bind(2, static_cast<std::int64_t>(block.count));
    statement.bind(3, block.t0);
    statement.bind(4, block.t1);
    bind_blob(5, block.dict);
    bind_blob(6, block.types);
    bind_blob(7, block.ids);
    statement.exec();
}

std::vector<BlockEntry> entries_in(SQLite::Statement& statement) {
    const auto bytes = [&](int column) {
        const SQLite::Column value = statement.getColumn(column);
        return std::string_view(static_cast<const char*>(value.getBlob()),
                                static_cast<std::size_t>(value.getBytes()));
    };
    const auto count = static_cast<std::size_t>(statement.getColumn(1).getInt64());
    const std::vector<NameId> dict = read_dict(bytes(4));
    const std::string types(bytes(5));
    const std::string_view ids = bytes(6);
    std::vector<BlockEntry> entries;
    bool right = count > 0 && types.size() == count * sizeof(std::uint16_t) &&
                 ids.size() == count * sizeof(std::uint64_t);
    if (right) entries.reserve(count);
    for (std::size_t i = 0; right && i < count; ++i) {
        const std::uint16_t place = type_place(types, i);
        right = place < dict.size();
        if (right) entries.push_back({dict[place], 0, id_hash_at(ids, i)});
    }
    if (!right)
        throw core::Error(core::Code::internal,
                          "block " +
                              core::to_text(static_cast<core::Seq>(statement.getColumn(0).getInt64())) +
                              " is damaged",
                          damage_hint);
    entries.front().recorded = statement.getColumn(2).getInt64();
    entries.back().recorded = statement.getColumn(3).getInt64();
    return entries;
}

std::vector<NameId> read_dict(std::string_view dict) {
    std::vector<NameId> ids;
    for (std::size_t i = 0; i < dict.size() / sizeof(NameId); ++i) ids.push_back(number_at<NameId>(dict, i));
    return ids;
}

std::uint64_t IdHasher::part(std::string_view text) const noexcept {
    return XXH3_64bits_withSecret(text.data(), text.size(), secret_.data(), secret_.size());
}

std::uint32_t IdHasher::id_part(std::string_view id) const noexcept {
    return static_cast<std::uint32_t>(part(id));
}

std::uint64_t IdHasher::owner(std::string_view author_key, std::string_view source) const noexcept {
    return part(author_key) * 0x9E3779B97F4A7C15ULL ^ part(source);
}

std::uint64_t IdHasher::hash(std::uint64_t owner, std::string_view id,
                             event::IdOrigin origin) const noexcept {
    const std::uint64_t id_hash = part(id);
    const auto low = static_cast<std::uint32_t>((id_hash ^ owner * 0xC2B2AE3D27D4EB4FULL) >> 32) & ~1U;
    return (id_hash & 0xFFFFFFFF) << 32 | low | (origin == event::IdOrigin::client ? 1U : 0U);
}

}  // namespace tocsin::daemon::sqlite
