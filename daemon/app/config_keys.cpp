// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_keys.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace tocsin::daemon::app {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

template <class Number>
Number number(const Value& value) {
    return static_cast<Number>(std::get<std::int64_t>(value));
}
milliseconds duration(const Value& value) { return std::get<milliseconds>(value); }
const std::string& text(const Value& value) { return std::get<std::string>(value); }

constexpr std::array top_level{
    Entry{{"state", AbsolutePath{}, "/var/lib/tocsin", "folder of the store"},
          [](Config& config, const Value& value) { config.state = text(value); }},
    Entry{{"runtime", AbsolutePath{}, "/run/tocsin", "folder of the sockets"},
          [](Config& config, const Value& value) { config.runtime = text(value); }},
};

constexpr std::array log{
    Entry{{"log.format", Choice{log_formats}, "auto", "form of the log lines"},
          [](Config& config, const Value& value) { config.log_format = parse_log_format(text(value)); }},
    Entry{
        {"log.level", Choice{log_levels}, "info", "the least important lines that are written", Change::live},
        [](Config& config, const Value& value) { config.log_level = parse_log_level(text(value)); }},
};

constexpr std::array http{
    Entry{
        {"http.max_connections", WholeNumber{1, 65536}, "4096", "connections on the local socket at one time",
         Change::live},
        [](Config& config, const Value& value) { config.http.max_connections = number<std::size_t>(value); }},
    Entry{{"http.idle_timeout", Duration{milliseconds(100), hours(24)}, "60s",
           "how long a connection may stay silent between requests", Change::live},
          [](Config& config, const Value& value) { config.http.idle_timeout = duration(value); }},
    Entry{{"http.request_timeout", Duration{milliseconds(100), hours(1)}, "30s",
           "how long a request, and its reply, may be on the way", Change::live},
          [](Config& config, const Value& value) { config.http.request_timeout = duration(value); }},
};

constexpr std::array feed{
    Entry{{"feed.queue_messages", WholeNumber{1, 1'000'000}, "1000",
           "messages that wait for one subscriber before it misses some"},
          [](Config& config, const Value& value) { config.feed.queue_messages = number<int>(value); }},
};

constexpr std::array store{
    Entry{{"store.dedupe_window", Duration{milliseconds(0), hours(24)}, "24h",
           "how long a repeated id is recognised"},
          [](Config& config, const Value& value) { config.store.dedupe_age = duration(value); }},
    Entry{
        {"store.dedupe_ids", WholeNumber{4096, 10'000'000}, "10000000",
         "how many client-chosen ids back a repeated id is recognised"},
        [](Config& config, const Value& value) { config.store.dedupe_max_ids = number<std::size_t>(value); }},
    Entry{{"store.wal_bytes", WholeNumber{0, 1 << 30}, "33554432",
           "room written ahead for the write-ahead log at a start"},
          [](Config& config, const Value& value) { config.store.wal_bytes = number<std::size_t>(value); }},
    Entry{{"store.min_free_bytes", WholeNumber{0, 1LL << 40}, "67108864",
           "events are refused while the disk has less room"},
          [](Config& config, const Value& value) {
              config.store.space.min_free_bytes = number<std::uint64_t>(value);
          }},
    Entry{{"store.min_free_percent", WholeNumber{0, 50}, "2",
           "events are refused while less than this share of the disk is free"},
          [](Config& config, const Value& value) {
              config.store.space.min_free_percent = number<unsigned>(value);
          }},
    Entry{{"store.ballast_bytes", WholeNumber{0, 1 << 30}, "16777216",
           "room that is given up when the disk is full"},
          [](Config& config, const Value& value) {
              config.store.space.ballast_bytes = number<std::uint64_t>(value);
          }},
};

constexpr std::array<std::span<const Entry>, 5> sections{top_level, log, http, feed, store};

/// Lists of tables come with the rooms that know what stands in them.
constexpr std::array<RowTable, 0> row_tables{};

std::vector<Entry> all_entries() {
    std::vector<Entry> entries;
    for (const auto& section : sections) entries.insert(entries.end(), section.begin(), section.end());
    return entries;
}

}  // namespace

const Key* Tables::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(entries, name, [](const Entry& entry) { return entry.key.name; });
    return found == entries.end() ? nullptr : &found->key;
}

Tables config_tables() noexcept {
    static const std::vector<Entry> entries = all_entries();
    return {entries, row_tables};
}

}  // namespace tocsin::daemon::app
