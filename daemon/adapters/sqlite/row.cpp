// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/row.hpp"

#include <xxhash.h>

#include <array>

#include "common/core/error.hpp"
#include "common/core/exit_status.hpp"
#include "daemon/adapters/sqlite/damage.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using event::Data;

std::string_view bytes_of(const SQLite::Column& column) {
    const void* bytes = column.getBlob();
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(column.getBytes())};
}

NameId name_id(const SQLite::Column& column) { return static_cast<NameId>(column.getInt64()); }

Data::Kind kind_of(const SQLite::Column& column) {
    if (column.isNull()) return Data::Kind::none;
    return column.isText() ? Data::Kind::json : Data::Kind::binary;
}

std::string id_text(const SQLite::Column& column, std::string_view bytes) {
    if (!column.isBlob() || bytes.size() != core::Uuid().size()) return std::string(bytes);
    core::Uuid uuid{};
    std::ranges::copy(bytes, uuid.begin());
    return core::to_text(uuid);
}

}  // namespace

std::string_view NewRow::id_bytes() const noexcept {
    if (!id_is_uuid) return draft->id;
    return {reinterpret_cast<const char*>(uuid.data()), uuid.size()};
}

std::uint32_t checksum(const RowFields& fields) noexcept {
    const std::array<std::uint64_t, 9> head{
        static_cast<std::uint64_t>(fields.recorded),
        fields.type_hash,
        fields.source_hash,
        fields.author_hash,
        static_cast<std::uint64_t>(fields.id_origin) | static_cast<std::uint64_t>(fields.id_is_uuid) << 1,
        fields.id.size(),
        fields.attributes.size(),
        static_cast<std::uint64_t>(fields.data_kind),
        fields.data.size()};
    std::uint64_t sum = XXH3_64bits_withSeed(head.data(), sizeof head, fields.seq);
    for (const std::string_view bytes : {fields.id, fields.attributes, fields.data})
        sum = XXH3_64bits_withSeed(bytes.data(), bytes.size(), sum);
    return static_cast<std::uint32_t>(sum);
}

event::Event read_row(SQLite::Statement& statement, const Names& names) {
    const auto column = [&](Column which) { return statement.getColumn(static_cast<int>(which)); };
    const auto id = column(Column::id);
    const auto data = column(Column::data);
    const auto& type = names.types.at(name_id(column(Column::type)));
    const auto& source = names.sources.at(name_id(column(Column::source)));
    const auto& author = names.authors.at(name_id(column(Column::auth)));
    const auto attributes = column(Column::attrs);
    const RowFields fields{.seq = static_cast<core::Seq>(column(Column::seq).getInt64()),
                           .recorded = column(Column::recorded).getInt64(),
                           .type_hash = type.hash,
                           .source_hash = source.hash,
                           .author_hash = author.hash,
                           .id_origin = static_cast<event::IdOrigin>(column(Column::minted).getInt()),
                           .id_is_uuid = id.isBlob(),
                           .id = bytes_of(id),
                           .attributes = bytes_of(attributes),
                           .data_kind = kind_of(data),
                           .data = bytes_of(data)};
    if (checksum(fields) != static_cast<std::uint32_t>(column(Column::sum).getInt64()))
        throw core::Exit(
            core::ExitStatus::software, core::Code::internal,
            "event " + core::to_text(fields.seq) + " does not match its checksum: the store is damaged",
            std::string("what lies behind it can be read with after=; ") + damage_hint);
    const auto [kind, name] = split_author(author.name);
    return event::Event{.seq = fields.seq,
                        .type = event::Topic::trusted(type.name),
                        .source = source.name,
                        .id = id_text(id, fields.id),
                        .recorded = core::from_microseconds(fields.recorded),
                        .author = {std::string(kind), std::string(name)},
                        .attributes = event::Attributes::trusted(std::string(fields.attributes)),
                        .data = {fields.data_kind, std::string(fields.data)}};
}

}  // namespace tocsin::daemon::sqlite
