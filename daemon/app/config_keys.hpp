// SPDX-License-Identifier: Apache-2.0
// The tables of all that a configuration may hold: reading, `config show`, the JSON Schema, the
// documentation's test and what a reload may change all come from them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "daemon/app/config.hpp"
#include "daemon/app/config_setting.hpp"
#include "daemon/app/config_value.hpp"

namespace tocsin::daemon::app {

/// What a reload does with a changed value: takes it over, or refuses it by name.
enum class Change { live, restart };
/// Whether `config show` prints the value.
enum class Secrecy { open, secret };
enum class Need { optional, required };

struct Key {
    std::string_view name;  ///< `section.key`, or `key` at the top level; within a row without the row's name
    Kind kind;
    std::optional<std::string_view> standard;  ///< as `parse_value` reads it; nothing: not set unless written
    std::string_view summary;
    Change change = Change::restart;
    Secrecy secrecy = Secrecy::open;
    Need need = Need::optional;  ///< of rows only
};

struct Entry {
    Key key;
    void (*set)(Config&, const Value&);  ///< may throw `core::Error` (`invalid`)
};

/// A list of tables, `[[name]]`. The lists of several files add up. A reload takes them over.
struct RowTable {
    std::string_view name;
    std::string_view summary;
    std::span<const Key> keys;
    /// May throw `core::Error` (`invalid`) for what no single key can know: it is told with the row's place.
    void (*add)(Config&, const Row&);
};

/// Everything that a configuration may hold.
struct Tables {
    std::span<const Entry> entries;  ///< in the order of the sections
    std::span<const RowTable> rows;

    /// The key of an entry; nullptr when there is none.
    const Key* find(std::string_view name) const noexcept;
};

/// Tocsin's own.
Tables config_tables() noexcept;

}  // namespace tocsin::daemon::app
