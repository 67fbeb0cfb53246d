// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/type_index.hpp"

#include <algorithm>

namespace tocsin::daemon::sqlite {

void TypeSet::add(NameId type, core::Seq first, core::Seq last) {
    if (member_.size() <= type) member_.resize(type + std::size_t{1});
    member_[type] = true;
    first_ = std::min(first_, first);
    last_ = std::max(last_, last);
}

void TypeIndex::grow(const TypeGrowth& growth) {
    const std::lock_guard lock(mutex_);
    if (types_.size() < growth.type) types_.resize(growth.type);
    Known& type = types_[growth.type - 1];
    type.type = growth.type;
    if (type.count == 0) type.known = TypeShrink::First::exact;
    type.first = type.count == 0 ? growth.first : std::min(type.first, growth.first);
    type.last = std::max(type.last, growth.last);
    type.count += growth.count;
}

void TypeIndex::shrink(const TypeShrink& shrink) {
    const std::lock_guard lock(mutex_);
    if (shrink.type == 0 || shrink.type > types_.size()) return;
    Known& type = types_[shrink.type - 1];
    type.count -= std::min(type.count, shrink.count);
    type.first = std::max(type.first, shrink.first);
    type.known = shrink.known;
}

std::vector<TypeShrink> TypeIndex::unsettled() const {
    const std::lock_guard lock(mutex_);
    std::vector<TypeShrink> found;
    for (const Known& type : types_)
        if (type.count > 0 && type.known == TypeShrink::First::bound)
            found.push_back({type.type, 0, type.first, type.known});
    return found;
}

void TypeIndex::settle(const TypeShrink& found) {
    const std::lock_guard lock(mutex_);
    Known& type = types_.at(found.type - 1);
    if (type.known == TypeShrink::First::exact || type.first > found.first) return;
    type.first = found.first;
    type.known = found.known;
}

std::vector<event::TypeSummary> TypeIndex::summaries(const Dictionary& names) const {
    const std::lock_guard lock(mutex_);
    std::vector<event::TypeSummary> summaries;
    for (const Known& type : types_)
        if (type.count > 0)
            summaries.push_back({names.at(type.type).name, type.count, type.first, type.last});
    std::ranges::sort(summaries, {}, &event::TypeSummary::type);
    return summaries;
}

TypeSet TypeIndex::matching(const eventlog::Query& query, const Dictionary& names) const {
    const std::lock_guard lock(mutex_);
    TypeSet set;
    for (const Known& type : types_)
        if (type.count > 0 && query.takes(names.at(type.type).name))
            set.add(type.type, type.first, type.last);
    return set;
}

std::uint64_t TypeIndex::events() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t total = 0;
    for (const Known& type : types_) total += type.count;
    return total;
}

}  // namespace tocsin::daemon::sqlite
