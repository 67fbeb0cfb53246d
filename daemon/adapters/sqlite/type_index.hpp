// SPDX-License-Identifier: Apache-2.0
// Per type: how many events the log holds and where the first and the last lie. Kept in memory, so that a
// rare type costs a reader nothing.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "common/event/event.hpp"
#include "daemon/adapters/sqlite/dictionary.hpp"
#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::sqlite {

/// The types that a reader's patterns match, and the range of places in which any of them occurs.
class TypeSet {
 public:
    bool contains(NameId type) const noexcept { return type < member_.size() && member_[type]; }
    core::Seq first() const noexcept { return first_; }
    core::Seq last() const noexcept { return last_; }
    void add(NameId type, core::Seq first, core::Seq last);

 private:
    std::vector<bool> member_;
    core::Seq first_ = core::max_sequence;
    core::Seq last_ = 0;
};

/// What a commit adds to one type.
struct TypeGrowth {
    NameId type = 0;
    std::uint64_t count = 0;
    core::Seq first = 0;
    core::Seq last = 0;
};

/// What trimming takes from one type. `first` is where its next event lies, or a place in front of that.
struct TypeShrink {
    enum class First { exact, bound };
    NameId type = 0;
    std::uint64_t count = 0;
    core::Seq first = 0;
    First known = First::exact;
};

/// Thread rule: any thread.
class TypeIndex {
 public:
    void grow(const TypeGrowth& growth);
    void shrink(const TypeShrink& shrink);
    /// Types whose first event lies somewhere from `first` on, where nobody has looked for it yet.
    std::vector<TypeShrink> unsettled() const;
    /// Says where the first event lies, or how far there is none; a type that has been trimmed since is left.
    void settle(const TypeShrink& found);
    std::vector<event::TypeSummary> summaries(const Dictionary& types) const;
    /// Those that the query takes.
    TypeSet matching(const eventlog::Query& query, const Dictionary& types) const;
    std::uint64_t events() const;

 private:
    struct Known : TypeGrowth {
        TypeShrink::First known = TypeShrink::First::exact;
    };
    mutable std::mutex mutex_;
    std::vector<Known> types_;  // by id - 1
};

}  // namespace tocsin::daemon::sqlite
