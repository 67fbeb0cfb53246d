// SPDX-License-Identifier: Apache-2.0
// Values that were set, and where.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/app/config_value.hpp"

namespace tocsin::daemon::app {

/// Where a value comes from.
struct Origin {
    enum class From { standard, file, command_line };
    From from = From::standard;
    std::string name;  ///< of the file, or the option
    unsigned line = 0;
    unsigned column = 0;

    /// `default`, `FILE:LINE:COLUMN` or `--state`.
    std::string text() const;
};

struct Setting {
    Value value;
    Origin origin;
    std::vector<Origin> overridden{};  ///< places that set it too, and lost
};

/// By key, `section.key`.
using Settings = std::map<std::string, Setting, std::less<>>;

/// One table of a list, as `[[access]]`.
class Row {
 public:
    Row(Origin origin, Settings settings) : origin_(std::move(origin)), settings_(std::move(settings)) {}

    /// Nothing when the key was left out; a value of another kind is a mistake of the table of keys.
    const std::string* text(std::string_view key) const { return get<std::string>(key); }
    const std::int64_t* number(std::string_view key) const { return get<std::int64_t>(key); }
    const bool* on(std::string_view key) const { return get<bool>(key); }
    const std::chrono::milliseconds* duration(std::string_view key) const {
        return get<std::chrono::milliseconds>(key);
    }
    const TextByName* pairs(std::string_view key) const { return get<TextByName>(key); }
    bool has(std::string_view key) const { return settings_.contains(key); }
    /// Empty when the key was left out.
    std::vector<std::string> texts(std::string_view key) const {
        const auto* list = get<std::vector<std::string>>(key);
        return list == nullptr ? std::vector<std::string>() : *list;
    }

    const Origin& origin() const noexcept { return origin_; }
    const Settings& settings() const noexcept { return settings_; }

 private:
    template <class Type>
    const Type* get(std::string_view key) const {
        const auto found = settings_.find(key);
        return found == settings_.end() ? nullptr : &std::get<Type>(found->second.value);
    }

    Origin origin_;
    Settings settings_;
};

}  // namespace tocsin::daemon::app
