// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config.hpp"

#include <algorithm>

#include "common/core/bus_folders.hpp"
#include "daemon/app/config_value.hpp"

namespace tocsin::daemon::app {
namespace {

std::size_t place_of(const std::string& word, std::span<const std::string_view> words) {
    parse_value(Choice{words}, word);
    return static_cast<std::size_t>(std::ranges::find(words, word) - words.begin());
}

}  // namespace

LogFormat parse_log_format(const std::string& word) {
    return static_cast<LogFormat>(place_of(word, log_formats));
}

LogLevel parse_log_level(const std::string& word) {
    return static_cast<LogLevel>(place_of(word, log_levels));
}

std::filesystem::path spool_of(const std::filesystem::path& runtime) {
    if (const auto system = core::system_bus(); runtime == system.runtime) return system.spool;
    const auto own = core::user_bus(core::process_environment);
    return own && runtime == own->runtime ? own->spool : std::string();
}

}  // namespace tocsin::daemon::app
