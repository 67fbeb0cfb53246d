// SPDX-License-Identifier: Apache-2.0
// The part of a diagnosis that asks SQLite: header, structure, names, blocks, what is known to be missing.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

#include "daemon/adapters/sqlite/diagnosis.hpp"
#include "daemon/adapters/sqlite/wal_file.hpp"

namespace tocsin::daemon::sqlite {

/// What SQLite made of the file.
enum class Opened { as_store, as_foreign, as_newer, not_at_all };

/// Adds findings, the epoch and what is known to be missing to the diagnosis.
class StructureCheck {
 public:
    StructureCheck(Diagnosis& diagnosis, const WalFile& wal) : diagnosis_(diagnosis), wal_(wal) {}

    Opened run();
    /// The `core::Exit` text of `as_foreign` and `as_newer`.
    const std::string& refusal() const noexcept { return refusal_; }

 private:
    void check_all(SQLite::Database& database);
    template <class Work>
    void guard(const std::string& what, Work&& work);

    Diagnosis& diagnosis_;
    const WalFile& wal_;
    std::string refusal_;
};

}  // namespace tocsin::daemon::sqlite
