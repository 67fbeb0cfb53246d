// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

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
    const auto base = [](const char* name) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes it
        return std::filesystem::path(value == nullptr ? "" : value);
    };
    if (runtime == core::system_runtime) return core::system_spool;
    const auto user = std::filesystem::path("/run/user") / std::to_string(getuid());
    const auto own = base("XDG_RUNTIME_DIR");
    if (runtime != (own.empty() ? user : own) / "tocsin") return {};
    auto state = base("XDG_STATE_HOME");
    if (!state.is_absolute()) state = base("HOME") / ".local/state";
    return state.is_absolute() ? state / "tocsin" / core::spool_folder : std::filesystem::path();
}

}  // namespace tocsin::daemon::app
