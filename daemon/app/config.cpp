// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/timestamp.hpp"

namespace tocsin::daemon::app {
namespace {

using core::Code;
using core::Error;
using std::chrono::milliseconds;

std::string text_in(const toml::node& node) {
    if (const auto text = node.value<std::string>()) return *text;
    throw Error(Code::invalid, "this must be a string", "put it in quotes");
}

std::filesystem::path path_in(const toml::node& node) {
    std::filesystem::path path = text_in(node);
    if (!path.is_absolute())
        throw Error(Code::invalid, "'" + path.string() + "' is not an absolute path", "begin it with '/'");
    return path;
}

std::int64_t number_in(const toml::node& node, std::int64_t low, std::int64_t high) {
    const auto number = node.is_integer() ? node.value<std::int64_t>() : std::nullopt;
    if (number && *number >= low && *number <= high) return *number;
    throw Error(Code::invalid,
                "this must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
}

milliseconds duration_in(const toml::node& node, milliseconds low, milliseconds high) {
    const auto duration = core::parse_duration(text_in(node));
    if (duration && *duration >= low && *duration <= high) return *duration;
    throw Error(Code::invalid,
                "this must be a duration from " + std::to_string(low.count()) + "ms to " +
                    std::to_string(high.count()) + "ms",
                "write it as \"500ms\", \"30s\", \"24h\"");
}

using Set = void (*)(Config&, const toml::node&);
using std::chrono::hours;

struct Entry {
    Key key;
    Set set;
};

const std::array entries{
    Entry{{"state", "/var/lib/tocsin", "folder of the store"},
          [](Config& config, const toml::node& node) { config.state = path_in(node); }},
    Entry{{"runtime", "/run/tocsin", "folder of the sockets"},
          [](Config& config, const toml::node& node) { config.runtime = path_in(node); }},
    Entry{
        {"log.format", "auto", "auto, text, json or journald"},
        [](Config& config, const toml::node& node) { config.log_format = parse_log_format(text_in(node)); }},
    Entry{{"log.level", "info", "debug, info, warning or error"},
          [](Config& config, const toml::node& node) { config.log_level = parse_log_level(text_in(node)); }},
    Entry{{"http.max_connections", "4096", "connections on the local socket at one time"},
          [](Config& config, const toml::node& node) {
              config.http.max_connections = static_cast<std::size_t>(number_in(node, 1, 65536));
          }},
    Entry{{"http.idle_timeout", "60s", "how long a connection may stay silent between requests"},
          [](Config& config, const toml::node& node) {
              config.http.idle_timeout = duration_in(node, milliseconds(100), hours(24));
          }},
    Entry{{"http.request_timeout", "30s", "how long a request, and its reply, may be on the way"},
          [](Config& config, const toml::node& node) {
              config.http.request_timeout = duration_in(node, milliseconds(100), hours(1));
          }},
    Entry{{"feed.queue_messages", "1000", "messages that wait for one subscriber before it misses some"},
          [](Config& config, const toml::node& node) {
              config.feed.queue_messages = static_cast<int>(number_in(node, 1, 1'000'000));
          }},
    Entry{{"store.dedupe_window", "24h", "how long a repeated id is recognised"},
          [](Config& config, const toml::node& node) {
              config.store.dedupe_age = duration_in(node, milliseconds(0), hours(24));
          }},
    Entry{{"store.dedupe_ids", "10000000", "how many client-chosen ids back a repeated id is recognised"},
          [](Config& config, const toml::node& node) {
              config.store.dedupe_max_ids = static_cast<std::size_t>(number_in(node, 4096, 10'000'000));
          }},
    Entry{{"store.wal_bytes", "33554432", "room written ahead for the write-ahead log at a start"},
          [](Config& config, const toml::node& node) {
              config.store.wal_bytes = static_cast<std::size_t>(number_in(node, 0, 1 << 30));
          }},
    Entry{{"store.min_free_bytes", "67108864", "events are refused while the disk has less room"},
          [](Config& config, const toml::node& node) {
              config.store.space.min_free_bytes = static_cast<std::uint64_t>(number_in(node, 0, 1LL << 40));
          }},
    Entry{
        {"store.min_free_percent", "2", "events are refused while less than this share of the disk is free"},
        [](Config& config, const toml::node& node) {
            config.store.space.min_free_percent = static_cast<unsigned>(number_in(node, 0, 50));
        }},
    Entry{{"store.ballast_bytes", "16777216", "room that is given up when the disk is full"},
          [](Config& config, const toml::node& node) {
              config.store.space.ballast_bytes = static_cast<std::uint64_t>(number_in(node, 0, 1 << 30));
          }},
};

constexpr std::array sections{std::string_view("log"), std::string_view("http"), std::string_view("feed"),
                              std::string_view("store")};

std::vector<Key> keys_of_entries() {
    std::vector<Key> keys;
    keys.reserve(entries.size());
    for (const Entry& entry : entries) keys.push_back(entry.key);
    return keys;
}

/// Walks a table and applies what it knows; everything else becomes a mistake with its place.
class Applier {
 public:
    Applier(std::string file, Reading& reading) : file_(std::move(file)), reading_(reading) {}

    void apply(const toml::table& table, const std::string& section) {
        for (const auto& [name, node] : table) {
            const std::string key =
                section.empty() ? std::string(name.str()) : section + "." + std::string(name.str());
            const bool is_section =
                section.empty() && std::ranges::find(sections, name.str()) != sections.end();
            if (is_section && node.is_table())
                apply(*node.as_table(), key);
            else if (is_section)
                note(node.source(),
                     std::string("'").append(key).append("' is a section; write [").append(key).append("]"));
            else
                apply_key(key, node, name.source());
        }
    }

    void note(const toml::source_region& place, const std::string& message) {
        reading_.mistakes.push_back({file_, place.begin.line, place.begin.column, message});
    }

 private:
    void apply_key(const std::string& key, const toml::node& node, const toml::source_region& place) {
        const auto found = std::ranges::find(entries, key, [](const Entry& entry) { return entry.key.name; });
        if (found == entries.end()) return note(place, "unknown key '" + key + "'; see tocsin.toml(5)");
        try {
            found->set(reading_.config, node);
        } catch (const Error& error) {
            note(node.source(),
                 key + ": " + error.what() + (error.hint().empty() ? "" : "; " + error.hint()));
        }
    }

    std::string file_;
    Reading& reading_;
};

template <class Value, std::size_t size>
Value one_of(const std::array<std::pair<std::string_view, Value>, size>& choices, std::string_view text) {
    std::string known;
    for (const auto& [name, value] : choices) {
        if (name == text) return value;
        known += known.empty() ? "" : ", ";
        known += name;
    }
    throw Error(Code::invalid, "'" + std::string(text) + "' is not known here", "use one of " + known);
}

}  // namespace

std::string Mistake::text() const {
    return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
}

std::span<const Key> config_keys() noexcept {
    static const std::vector<Key> keys = keys_of_entries();
    return keys;
}

Reading read_config(const std::filesystem::path& file) {
    Reading reading;
    Applier applier(file.string(), reading);
    if (std::filesystem::is_directory(file)) {
        reading.mistakes.push_back({file.string(), 0, 0, "is a folder; name a file"});
        return reading;
    }
    try {
        applier.apply(toml::parse_file(file.string()), "");
    } catch (const toml::parse_error& error) {
        applier.note(error.source(), std::string(error.description()));
    }
    // The tables above come in the order of their names; people read files from the top.
    std::ranges::sort(reading.mistakes, {},
                      [](const Mistake& mistake) { return std::pair(mistake.line, mistake.column); });
    return reading;
}

LogFormat parse_log_format(std::string_view text) {
    using Choice = std::pair<std::string_view, LogFormat>;
    return one_of(std::array{Choice{"auto", LogFormat::automatic}, Choice{"text", LogFormat::text},
                             Choice{"json", LogFormat::json}, Choice{"journald", LogFormat::journald}},
                  text);
}

LogLevel parse_log_level(std::string_view text) {
    using Choice = std::pair<std::string_view, LogLevel>;
    return one_of(std::array{Choice{"debug", LogLevel::debug}, Choice{"info", LogLevel::info},
                             Choice{"warning", LogLevel::warning}, Choice{"error", LogLevel::error}},
                  text);
}

}  // namespace tocsin::daemon::app
