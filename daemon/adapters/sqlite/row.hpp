// SPDX-License-Identifier: Apache-2.0
// A row of table `event`: how a draft becomes one, how one becomes an event, and its checksum.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string_view>

#include "common/core/uuid.hpp"
#include "common/event/event.hpp"
#include "daemon/adapters/sqlite/dictionary.hpp"

namespace tocsin::daemon::sqlite {

/// A draft on its way into the store. Points into the draft, which must outlive it.
struct NewRow {
    core::Seq seq = 0;
    std::int64_t recorded = 0;
    NameId type = 0;
    NameId source = 0;
    NameId author = 0;
    std::uint32_t sum = 0;
    bool id_is_uuid = false;
    core::Uuid uuid{};
    std::uint64_t id_hash = 0;
    const event::Draft* draft = nullptr;

    /// The id as it is stored: 16 bytes for a canonical UUID, else its text.
    std::string_view id_bytes() const noexcept;
};

/// The columns in the order in which every statement of this room names them.
inline constexpr const char* row_columns = "seq, type, recorded, sum, source, auth, minted, id, attrs, data";

enum class Column : int { seq, type, recorded, sum, source, auth, minted, id, attrs, data };

/// What the checksum covers; names stand in for their ids so that a flipped dictionary entry shows too.
struct RowFields {
    core::Seq seq;
    std::int64_t recorded;
    std::uint64_t type_hash;
    std::uint64_t source_hash;
    std::uint64_t author_hash;
    event::IdOrigin id_origin;
    bool id_is_uuid;  ///< stored as 16 bytes; a text of 16 bytes is another id
    std::string_view id;
    std::string_view attributes;
    event::Data::Kind data_kind;
    std::string_view data;
};

std::uint32_t checksum(const RowFields& fields) noexcept;

/// Reads the statement's current row, columns as in `row_columns`. Throws `internal` when the checksum does
/// not match: such a row is never handed out.
event::Event read_row(SQLite::Statement& statement, const Names& names);

}  // namespace tocsin::daemon::sqlite
