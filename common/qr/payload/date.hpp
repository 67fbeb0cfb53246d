// SPDX-License-Identifier: Apache-2.0
// Days of the Gregorian calendar, as the formats write them.
// Every function here may be called from any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tocsin::qr::payload {

using Date = std::chrono::year_month_day;

/// Reads `2026-12-24` or `20261224`, a day that exists. `field` names it in messages.
/// Throws `Error` (`invalid`).
Date parse_date(const std::string& field, std::string_view text);

/// `20261224`
std::string basic_date(Date date);

/// `2026-12-24`
std::string extended_date(Date date);

}  // namespace tocsin::qr::payload
