// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/dictionary.hpp"

#include <xxhash.h>

#include <bit>
#include <mutex>

#include "common/core/error.hpp"
#include "daemon/adapters/sqlite/damage.hpp"

namespace tocsin::daemon::sqlite {

std::optional<NameId> Dictionary::find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto found = ids_.find(name);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

Dictionary::Place Dictionary::place_of(NameId id) noexcept {
    const std::size_t number = id - 1 + first_piece;  // piece p begins with number 64 * 2^p
    const auto piece = static_cast<std::size_t>(std::countr_zero(std::bit_floor(number / first_piece)));
    return {piece, number - (first_piece << piece)};
}

NameId Dictionary::add(std::string_view name) {
    const std::unique_lock lock(mutex_);
    const auto id = static_cast<NameId>(size() + 1);
    const auto [piece, index] = place_of(id);
    if (piece >= max_pieces)
        throw core::Error(core::Code::internal, "the store's dictionary is full", "use fewer distinct names");
    if (!pieces_[piece]) pieces_[piece] = std::make_unique<Entry[]>(first_piece << piece);
    Entry& entry = pieces_[piece][index];
    entry = {std::string(name), XXH3_64bits(name.data(), name.size())};
    size_.store(id, std::memory_order_release);
    ids_.emplace(entry.name, id);
    return id;
}

const Dictionary::Entry& Dictionary::at(NameId id) const {
    if (id == 0 || id > size())
        throw core::Error(core::Code::internal,
                          "a row names entry " + std::to_string(id) + " of a dictionary that ends at " +
                              std::to_string(size()),
                          damage_hint);
    const auto [piece, index] = place_of(id);
    return pieces_[piece][index];
}

void Dictionary::shrink(std::size_t size) {
    const std::unique_lock lock(mutex_);
    for (; this->size() > size; size_.store(this->size() - 1, std::memory_order_release))
        ids_.erase(at(static_cast<NameId>(this->size())).name);
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
