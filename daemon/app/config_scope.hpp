// SPDX-License-Identifier: Apache-2.0
// Which names may stand in a file, or in one of its rows; and the words for those that may not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.hpp"
#include "daemon/app/config_keys.hpp"

namespace tocsin::daemon::app {

/// `WHAT; HINT`: what is wrong, and what to write instead.
std::string told(const core::Error& error);

class Scope {
 public:
    explicit Scope(const Tables& tables);
    /// Within a row of the table.
    explicit Scope(const RowTable& table);

    const Key* key(std::string_view name) const noexcept;
    const RowTable* rows(std::string_view name) const noexcept;
    /// True when keys begin with `name.`.
    bool has_section(std::string_view name) const noexcept;

    std::string unknown(const std::string& name) const;
    std::string not_a_section(const std::string& name) const;
    std::string lacks(const Key& key) const;
    /// `http.idle_timeout: `, `[[access]] rate: `: the start of a message about a value.
    std::string about(std::string_view key) const;

 private:
    std::string suggestion(const std::string& name) const;

    std::vector<const Key*> keys_;
    std::span<const RowTable> rows_;
    std::string row_;  // name of the row's table; empty at the top
};

}  // namespace tocsin::daemon::app
