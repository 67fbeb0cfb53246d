// SPDX-License-Identifier: Apache-2.0
// The rows that a page holds, read without SQLite: they are found where the tree above them is damaged
// (https://sqlite.org/fileformat2.html, sections 1.6 and 2.1).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/adapters/sqlite/pages.hpp"

namespace tocsin::daemon::sqlite {

struct Value {
    enum class Kind : std::uint8_t { null, integer, real, text, blob };
    Kind kind = Kind::null;
    std::int64_t number = 0;
    std::string_view bytes;
};

/// A row, or an entry of an index. Its values point into the page or the reader's buffer.
struct Record {
    static constexpr std::size_t max_columns = 10;
    std::int64_t rowid = 0;  ///< 0 for an entry of an index
    std::size_t columns = 0;
    std::array<Value, max_columns> values;

    /// True when there are as many columns as letters, and each is of its kind: `n` null, `i` integer, `t`
    /// text, `b` blob, `?` anything.
    bool has_shape(std::string_view shape) const noexcept;
};

/// Steps through the cells of one page. Thread rule: one thread.
class CellReader {
 public:
    enum class Tree : std::uint8_t { none, table, index };
    enum class Cell : std::uint8_t { whole, damaged, none };

    /// `page` and `pages` must outlive it.
    CellReader(std::string_view page, std::uint32_t number, const Pages& pages);

    /// What the page is: a leaf of a table, any page of an index, or none of both.
    Tree tree() const noexcept { return tree_; }
    /// Reads the next cell. The rowid of a damaged one is set when it could be read.
    Cell next(Record& record);

 private:
    Cell read_cell(std::size_t place, Record& record);
    bool gather(std::string_view rest, std::uint64_t payload_bytes);

    std::string_view page_;
    const Pages& pages_;
    Tree tree_ = Tree::none;
    std::size_t header_ = 0;
    std::size_t pointers_ = 0;
    std::size_t child_bytes_ = 0;
    std::size_t cells_ = 0;
    std::size_t next_ = 0;
    std::string_view payload_;
    std::string gathered_;  // a payload that goes on in overflow pages
};

}  // namespace tocsin::daemon::sqlite
