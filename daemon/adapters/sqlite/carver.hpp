// SPDX-License-Identifier: Apache-2.0
// Events read from a store's pages without SQLite, each proven by its checksum: what damage leaves of a log.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/adapters/sqlite/record.hpp"
#include "daemon/adapters/sqlite/row.hpp"
#include "daemon/adapters/sqlite/trim_mark.hpp"

namespace tocsin::daemon::sqlite {

/// A row of table `event` whose checksum holds. Points into the page that it comes from.
struct CarvedEvent {
    RowFields fields;
    bool id_is_uuid = false;
    const std::string* type = nullptr;
    const std::string* source = nullptr;
    const std::string* author = nullptr;  ///< as `author_key` joins it
};

/// A row of table `missing`, as it stands there.
struct CarvedMissing {
    core::SequenceRange range;
    std::int64_t found = 0;
};

/// Every name that pages hold, by the id that rows have for it. Which of them is meant, and whether it is
/// right, is for a row's checksum to say: it covers the names.
class CarvedNames {
 public:
    void add(NameId id, std::string_view name);
    void add_author(NameId id, std::string_view kind, std::string_view name);

    /// Finds the names that make the row's checksum right, and sets their hashes in `fields`. The types,
    /// sources and authors are left in `event`. False when there are none.
    bool prove(NameId type, NameId source, NameId author, std::uint32_t sum, CarvedEvent& event);

 private:
    using Candidates = std::vector<Dictionary::Entry>;
    using ById = std::unordered_map<NameId, Candidates>;
    static void add_to(ById& names, NameId id, std::string_view name);
    ById types_;  // types and sources look alike in a page
    ById sources_;
    ById authors_;
};

/// Reads pages for what they hold. Thread rule: one thread.
class Carver {
 public:
    struct Visitor {
        std::function<void(const CarvedEvent&)> event;
        /// A row that looks like an event's and whose checksum does not hold; 0 when its place is unreadable
        /// too.
        std::function<void(core::Seq, std::uint32_t page)> damaged;
        std::function<void(const CarvedMissing&)> missing;
        std::function<void(core::Seq first)> block;
    };

    explicit Carver(const Pages& pages) : pages_(pages) {}

    /// First, for every page: takes names, and where the log begins.
    void learn(std::string_view page, std::uint32_t number);
    /// The newest note that trimming has left, once all pages are learnt.
    const std::optional<TrimMark>& trimmed() const noexcept { return trimmed_; }
    /// Then, for every page: shows the visitor what it holds.
    void carve(std::string_view page, std::uint32_t number, const Visitor& visitor);

 private:
    bool carve_event(const Record& record, const Visitor& visitor);
    const Pages& pages_;
    void learn_trim_mark(const Record& record);
    CarvedNames names_;
    std::optional<TrimMark> trimmed_;
};

}  // namespace tocsin::daemon::sqlite
