// SPDX-License-Identifier: Apache-2.0
// Tables that codes are made from: CSV (RFC 4180) and one JSON object a line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::cli::qr::making {

struct Row {
    std::size_t line = 0;               ///< where it begins, from 1
    std::vector<std::string> values{};  ///< in the order of the columns; an absent one is empty
    std::string fault{};                ///< why it can't be used; empty when it can
};

struct Table {
    std::vector<std::string> columns;
    std::vector<Row> rows;

    /// The place of a column. Nothing when there is none of this name.
    std::optional<std::size_t> column(std::string_view name) const noexcept;
};

/// With a header row. Fields are separated by the first comma, semicolon or tab of the header; they may be
/// quoted, with quotes doubled within. Takes LF and CRLF, a byte order mark, and empty lines, which count for
/// nothing. A row with another number of fields than the header has is at fault. Throws `Error` (`invalid`)
/// when there is no header, or a column's name stands there twice.
Table read_csv(std::string_view text);

/// A JSON object a line; the columns are the members of all of them, numbers and booleans become
/// text. A line that is none is at fault, and so is a member that is an object or an array.
Table read_ndjson(std::string_view text);

/// By the file's ending (`.ndjson`, `.jsonl`, `.json`), or for another one by its first character: `{` begins
/// JSON.
Table read_table(std::string_view text, std::string_view file_name);

}  // namespace tocsin::cli::qr::making
