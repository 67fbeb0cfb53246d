// SPDX-License-Identifier: Apache-2.0
// Names that rows hold as small numbers: types, sources, authors. Kept in memory, stored in the store.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::daemon::sqlite {

using NameId = std::uint32_t;

/// Ids count from 1 without gaps. One thread adds; any thread reads.
class Dictionary {
 public:
    struct Entry {
        std::string name;
        std::uint64_t hash = 0;  ///< of the name: what a row's checksum covers in its stead
    };

    std::optional<NameId> find(std::string_view name) const;
    NameId add(std::string_view name);

    /// References stay valid until `shrink` takes their entry away.
    const Entry& at(NameId id) const;
    std::size_t size() const;

    /// Forgets the newest names, whose transaction was rolled back.
    void shrink(std::size_t size);

 private:
    mutable std::shared_mutex mutex_;
    std::deque<Entry> entries_;
    std::unordered_map<std::string_view, NameId> ids_;  // views into entries_
};

/// An author as one name: kind and name, separated by a byte that neither can hold.
std::string author_key(std::string_view kind, std::string_view name);
bool is_author_key(std::string_view key, std::string_view kind, std::string_view name) noexcept;
std::pair<std::string_view, std::string_view> split_author(std::string_view key);

/// The three dictionaries of a store.
struct Names {
    Dictionary types;
    Dictionary sources;
    Dictionary authors;
};

}  // namespace tocsin::daemon::sqlite
