// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/dictionary.hpp"

#include <xxhash.h>

#include <mutex>

#include "common/core/error.hpp"

namespace tocsin::daemon::sqlite {

std::optional<NameId> Dictionary::find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto found = ids_.find(name);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

NameId Dictionary::add(std::string_view name) {
    const std::unique_lock lock(mutex_);
    entries_.push_back({std::string(name), XXH3_64bits(name.data(), name.size())});
    const auto id = static_cast<NameId>(entries_.size());
    ids_.emplace(entries_.back().name, id);
    return id;
}

const Dictionary::Entry& Dictionary::at(NameId id) const {
    const std::shared_lock lock(mutex_);
    if (id == 0 || id > entries_.size())
        throw core::Error(core::Code::internal,
                          "a row names entry " + std::to_string(id) + " of a dictionary that ends at " +
                              std::to_string(entries_.size()),
                          "the store is damaged: keep its files and restore a backup");
    return entries_[id - 1];
}

std::size_t Dictionary::size() const {
    const std::shared_lock lock(mutex_);
    return entries_.size();
}

void Dictionary::shrink(std::size_t size) {
    const std::unique_lock lock(mutex_);
    while (entries_.size() > size) {
        ids_.erase(entries_.back().name);
        entries_.pop_back();
    }
}

std::string author_key(std::string_view kind, std::string_view name) {
    std::string key(kind);
    key += '\n';
    key += name;
    return key;
}

bool is_author_key(std::string_view key, std::string_view kind, std::string_view name) noexcept {
    return key.size() == kind.size() + 1 + name.size() && key.starts_with(kind) && key[kind.size()] == '\n' &&
           key.ends_with(name);
}

std::pair<std::string_view, std::string_view> split_author(std::string_view key) {
    const std::size_t split = key.find('\n');
    return {key.substr(0, split), key.substr(split + 1)};
}

}  // namespace tocsin::daemon::sqlite
