// SPDX-License-Identifier: Apache-2.0
// Holds block rows against the events that they stand for.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <vector>

#include "daemon/adapters/sqlite/block.hpp"
#include "daemon/adapters/sqlite/diagnosis.hpp"

namespace tocsin::daemon::sqlite {

/// Adds a finding for each block whose form is wrong and, when it goes deep, for each that differs from one
/// made anew. Throws `SQLite::Exception` where the tables can't be read. Thread rule: one thread.
class BlockCheck {
 public:
    /// Without all names in their places there is nothing to make blocks from: it stays with their form.
    BlockCheck(SQLite::Database& database, Diagnosis& diagnosis, const Names* names);
    void run();

 private:
    bool has_its_form(const Block& block, core::Seq not_before);
    void compare(const Block& block, const IdHasher& hasher);
    std::vector<BlockEntry> entries_of(const Block& block, const IdHasher& hasher);

    Diagnosis& diagnosis_;
    const Names* names_;
    SQLite::Statement blocks_;
    SQLite::Statement rows_;
    std::optional<IdHasher> hasher_;
};

}  // namespace tocsin::daemon::sqlite
