// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_keys.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "common/core/error.hpp"
#include "daemon/app/config_pipelines.hpp"
#include "daemon/app/config_rows.hpp"

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
    Entry{{"own_events", Switch{}, "true",
           "whether the daemon's starts, stops and reloads are events of its log"},
          [](Config& config, const Value& value) {
              using enum api::OwnEvents::Keep;
              config.own_events = std::get<bool>(value) ? yes : no;
          }},
};

constexpr std::array log{
    Entry{{"log.format", Choice{log_formats}, "auto", "form of the log lines"},
          [](Config& config, const Value& value) { config.log_format = parse_log_format(text(value)); }},
    Entry{
        {"log.level", Choice{log_levels}, "info", "the least important lines that are written", Change::live},
        [](Config& config, const Value& value) { config.log_level = parse_log_level(text(value)); }},
};

constexpr std::array local{
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

/// Only now is it known whether a proxy stands before it: that key comes first.
void set_listen(Config& config, const Value& value) {
    const auto address = http::TcpAddress::parse(text(value));
    if (!address.ip.is_loopback() && !config.http.tcp.behind_proxy)
        throw core::Error(core::Code::invalid,
                          "'" + address.text() + "' can be reached from outside, unencrypted",
                          "write a loopback address, or behind_proxy = true when a proxy brings TLS");
    config.http.tcp.listen = address;
}

void set_proxies(Config& config, const Value& value) {
    config.http.tcp.trusted_proxies.clear();
    for (const std::string& text : std::get<std::vector<std::string>>(value))
        config.http.tcp.trusted_proxies.push_back(http::Network::parse(text));
}

constexpr std::array tcp{
    Entry{{"api.behind_proxy", Switch{}, "false", "a proxy stands before the TCP port, and brings TLS"},
          [](Config& config, const Value& value) { config.http.tcp.behind_proxy = std::get<bool>(value); }},
    Entry{{"api.listen", Text{[](const std::string& text) { http::TcpAddress::parse(text); }}, std::nullopt,
           "address and TCP port of the API; it is not there unless written"},
          set_listen},
    Entry{{"api.max_connections", WholeNumber{1, 65536}, "1024", "connections over TCP at one time"},
          [](Config& config, const Value& value) {
              config.http.tcp.max_connections = number<std::size_t>(value);
          }},
    Entry{{"api.max_connections_per_address", WholeNumber{1, 65536}, "32",
           "connections from one address, but for loopback and trusted proxies"},
          [](Config& config, const Value& value) {
              config.http.tcp.max_connections_per_address = number<std::size_t>(value);
          }},
    Entry{{"api.trusted_proxies", TextList{[](const std::string& text) { http::Network::parse(text); }},
           std::nullopt, "addresses and networks whose X-Forwarded-For counts; loopback unless written"},
          set_proxies},
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

constexpr std::array retention{
    Entry{{"retention.age", Duration{milliseconds(0), std::chrono::days(36'500)}, "30d",
           "events older than this are removed; 0s: no limit", Change::live},
          [](Config& config, const Value& value) { config.retention.age = duration(value); }},
    Entry{{"retention.bytes", WholeNumber{0, 1LL << 50}, "4294967296",
           "while the log takes more, its oldest events are removed; 0: no limit", Change::live},
          [](Config& config, const Value& value) { config.retention.bytes = number<std::uint64_t>(value); }},
    Entry{{"retention.count", WholeNumber{0, 1LL << 50}, "0",
           "while the log has more events, its oldest are removed; 0: no limit", Change::live},
          [](Config& config, const Value& value) { config.retention.count = number<std::uint64_t>(value); }},
};

constexpr std::array spool{
    Entry{{"spool.path", AbsolutePath{}, {}, "folder of events that wait for the daemon [that of the bus]"},
          [](Config& config, const Value& value) { config.spool.path = text(value); }},
    Entry{{"spool.max_files_per_user", WholeNumber{1, 10'000'000}, "100000",
           "files of one user that are taken up at one time", Change::live},
          [](Config& config, const Value& value) { config.spool.limits.files = number<std::size_t>(value); }},
    Entry{
        {"spool.max_bytes_per_user", WholeNumber{1, 1LL << 40}, "268435456",
         "bytes of one user's files that are taken up at one time", Change::live},
        [](Config& config, const Value& value) { config.spool.limits.bytes = number<std::uint64_t>(value); }},
};

constexpr std::array<std::span<const Entry>, 8> sections{top_level, log,   local,     tcp,
                                                         feed,      store, retention, spool};

void check_name(const std::string& text) {
    if (text.empty()) throw core::Error(core::Code::invalid, "this is empty", "write a name or a number");
}

constexpr Key allow{"allow",       TextList{[](const std::string& text) { api::Grant::parse(text); }},
                    std::nullopt,  "rights: emit, emit:PATTERN, read, read:PATTERN, operate, admin",
                    Change::live,  Secrecy::open,
                    Need::required};
constexpr Key rate{"rate", WholeNumber{1, api::RateLimit::max_per_second}, std::nullopt,
                   "events a second at most", Change::live};

constexpr std::array access_keys{
    Key{"user", Text{check_name}, std::nullopt, "name or number of the user that it is for", Change::live},
    Key{"group", Text{check_name}, std::nullopt, "or of the group; * is everybody", Change::live}, allow,
    rate};

constexpr std::array token_keys{
    Key{"name", Text{[](const std::string& text) { api::checked_token_name(text); }}, std::nullopt,
        "who its owner is, in events and logs", Change::live, Secrecy::open, Need::required},
    Key{"sha256", Text{[](const std::string& text) { api::parse_digest(text); }}, std::nullopt,
        "the token's SHA-256 in 64 hexadecimal digits", Change::live, Secrecy::secret, Need::required},
    allow, rate};

/// Lists of tables come with the rooms that know what stands in them.
const std::array row_tables{
    RowTable{"access", "rights of a user or a group in place of the default", access_keys, add_access},
    RowTable{"token", "a bearer token for the API over TCP", token_keys, add_token},
    RowTable{"pipeline", "events carried to a command, a webhook, a file or ZeroMQ", pipeline_keys(),
             add_pipeline}};

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
