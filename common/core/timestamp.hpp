// SPDX-License-Identifier: Apache-2.0
// Points of wall-clock time with microseconds, and their RFC 3339 form.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::core {

/// UTC, microseconds since 1970-01-01.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

constexpr std::int64_t to_microseconds(Timestamp time) noexcept { return time.time_since_epoch().count(); }
constexpr Timestamp from_microseconds(std::int64_t value) noexcept {
    return Timestamp(std::chrono::microseconds(value));
}

/// Appends `2026-11-22T10:47:00.123456Z` (RFC 3339, always UTC, always six places).
void append_rfc3339(Timestamp time, std::string& out);
std::string to_rfc3339(Timestamp time);

/// Reads RFC 3339 `date-time` (section 5.6; lower-case `t` and `z` too, any offset, a leap second as :59).
/// Digits beyond microseconds are cut. Nothing when the text is something else.
std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept;

/// Reads a duration such as `250ms`, `30s`, `15m`, `1h`, `7d`. Nothing when the text is something else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;

/// `24h`, `250ms`: the largest unit that fits, in the form that `parse_duration` reads.
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace tocsin::core
