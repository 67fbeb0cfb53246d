// SPDX-License-Identifier: Apache-2.0
// Names that rows hold as small numbers: types, sources, authors. Kept in memory, stored in the store.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
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

    /// References stay valid until `shrink` takes their entry away. Needs no lock.
    const Entry& at(NameId id) const;
    std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }

    /// Forgets the newest names, whose transaction was rolled back.
    void shrink(std::size_t size);

 private:
    /// Entries lie in pieces of which each is twice as long as the one before, so that none ever moves.
    struct Place {
        std::size_t piece;
        std::size_t index;
    };
    static constexpr std::size_t first_piece = 64;
    static constexpr std::size_t max_pieces = 26;
    static Place place_of(NameId id) noexcept;

    std::array<std::unique_ptr<Entry[]>, max_pieces> pieces_;
    std::atomic<std::size_t> size_{0};                  // tells readers of an entry once it is there
    mutable std::shared_mutex mutex_;                   // guards the next
    std::unordered_map<std::string_view, NameId> ids_;  // views into the entries
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
