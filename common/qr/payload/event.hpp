// SPDX-License-Identifier: Apache-2.0
// An appointment for a calendar (iCalendar, RFC 5545).
// Every function here may be called from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/qr/payload/payload.hpp"

namespace tocsin::qr::payload {

/// A whole day, a time of day wherever the reader is, or a point of time.
using EventTime = std::variant<std::chrono::local_days, std::chrono::local_seconds, std::chrono::sys_seconds>;

/// Reads `2026-12-24` (a day), `2026-12-24T18:00[:00]` (local), the same with `Z` or an offset as `+01:00` (a
/// point of time). `field` names it in messages. Throws `Error` (`invalid`).
EventTime parse_event_time(const std::string& field, std::string_view text);

enum class EventSyntax {
    calendar,  ///< a whole iCalendar object
    bare,  ///< the lines of the event alone, without UID and DTSTAMP: shorter, and what a few readers want
};

/// Empty fields are left out.
struct Event {
    std::string summary;
    EventTime start;
    std::optional<EventTime> end{};                  ///< for days the last one; of the kind that `start` has
    std::optional<std::chrono::seconds> duration{};  ///< instead of an end; whole days when `start` is a day
    std::string location{};
    std::string description{};         ///< may have several lines
    std::chrono::sys_seconds stamp{};  ///< when this was written (DTSTAMP)
    std::string uid{};  ///< made of the other fields when empty, so that a second scan adds nothing
    EventSyntax syntax = EventSyntax::calendar;
};

/// Lines end with CRLF and are not folded, which section 3.1 only recommends; see `Vcard` for why.
/// Throws `Error` (`invalid`).
Payload to_payload(const Event& event);

}  // namespace tocsin::qr::payload
