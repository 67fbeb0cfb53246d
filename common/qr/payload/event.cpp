// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/event.hpp"

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "common/core/text.hpp"
#include "common/qr/payload/checks.hpp"
#include "common/qr/payload/date.hpp"
#include "common/qr/payload/escaping.hpp"

namespace tocsin::qr::payload {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

[[noreturn]] void refuse_time(const std::string& field, std::string_view text) {
    refuse(field + " '" + std::string(text) + "' is no time",
           "write it as 2026-12-24T18:00, with Z or +01:00 behind it for a point of time, or as 2026-12-24");
}

/// Two digits below `limit`.
std::optional<int> two_digits(std::string_view text, int limit) {
    if (text.size() != 2 || !is_number(text)) return std::nullopt;
    const int number = core::parse_number<int>(text).value_or(limit);
    return number < limit ? std::optional(number) : std::nullopt;
}

/// `18:00` or `18:00:30`
std::optional<seconds> time_of_day(std::string_view text) {
    if (text.size() == 5) return time_of_day(std::string(text) + ":00");
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
    const auto hour = two_digits(text.substr(0, 2), 24);
    const auto minute = two_digits(text.substr(3, 2), 60);
    const auto second = two_digits(text.substr(6, 2), 60);
    if (!hour || !minute || !second) return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
}

/// `Z`, `+01:00`, `-03:30`
std::optional<seconds> offset(std::string_view text) {
    if (text == "Z" || text == "z") return seconds(0);
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const auto size = time_of_day(text.substr(1));
    if (!size) return std::nullopt;
    return text[0] == '-' ? -*size : *size;
}

/// The formats have four digits for a year.
std::string date_text(local_days day) {
    const Date date(day);
    if (date.year() < std::chrono::year(1) || date.year() > std::chrono::year(9999))
        refuse("the event leaves the years 1 to 9999", "check its dates");
    return basic_date(date);
}

std::string digits_of(local_seconds time) {
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::hh_mm_ss clock(time - day);
    std::string text = date_text(day) + 'T';
    for (const long long part :
         {static_cast<long long>(clock.hours().count()), static_cast<long long>(clock.minutes().count()),
          static_cast<long long>(clock.seconds().count())})
        text += (part < 10 ? "0" : "") + std::to_string(part);
    return text;
}

/// What stands behind the property's name.
std::string value_of(local_days day) { return ";VALUE=DATE:" + date_text(day); }
std::string value_of(local_seconds time) { return ':' + digits_of(time); }
std::string value_of(sys_seconds time) {
    return ':' + digits_of(local_seconds(time.time_since_epoch())) + 'Z';
}

/// `PT1H30M`
std::string hours_text(seconds duration) {
    const auto count = duration.count();
    std::string text = "PT";
    if (count >= 3600) text += std::to_string(count / 3600) + 'H';
    if (count % 3600 >= 60) text += std::to_string(count % 3600 / 60) + 'M';
    if (count % 60 > 0) text += std::to_string(count % 60) + 'S';
    return text;
}

void append(std::string& text, std::string_view name, std::string_view value) {
    if (!value.empty()) ((text += name) += value) += "\r\n";
}

std::string start_line(const EventTime& start) {
    return std::visit([](auto time) { return value_of(time); }, start);
}

/// DTEND is the first moment that no longer belongs to the event (section 3.6.1).
std::string end_line(const EventTime& start, const EventTime& end) {
    if (end.index() != start.index())
        refuse("start and end are not of one kind",
               "write both as days, both as local times, or both with Z or an offset");
    return std::visit(
        [&](auto last) {
            const auto first = std::get<decltype(last)>(start);
            if constexpr (std::is_same_v<decltype(last), local_days>) {
                if (last < first) refuse("the end is before the start", "give the last day");
                return value_of(last + days(1));
            } else {
                if (last <= first) refuse("the end is not after the start", "give a later one, or none");
                return value_of(last);
            }
        },
        end);
}

std::string duration_line(const EventTime& start, seconds duration) {
    if (duration <= seconds(0)) refuse("the duration is not above zero", "give a longer one, or none");
    if (!std::holds_alternative<local_days>(start)) return ':' + hours_text(duration);
    if (duration % days(1) != seconds(0))
        refuse("an event of whole days has no hours", "give whole days, or a time for the start");
    return ":P" + std::to_string(duration / days(1)) + 'D';
}

void check(const Event& event) {
    require_some("the summary", event.summary);
    require_text("the location", event.location);
    require_text("the description", event.description, Lines::many);
    require_text("the UID", event.uid);
    if (event.end && event.duration) refuse("there are an end and a duration", "leave out one");
}

/// The properties that say what happens; the same event gives the same lines.
std::string properties(const Event& event) {
    std::string text;
    append(text, "DTSTART", start_line(event.start));
    if (event.end) append(text, "DTEND", end_line(event.start, *event.end));
    if (event.duration) append(text, "DURATION", duration_line(event.start, *event.duration));
    append(text, "SUMMARY:", content_text(event.summary));
    append(text, "LOCATION:", content_text(event.location));
    append(text, "DESCRIPTION:", content_text(event.description));
    return text;
}

/// FNV-1a, 64 bits, in hexadecimal.
std::string hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    std::string digits;
    for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[hash >> shift & 15U];
    return digits;
}

}  // namespace

EventTime parse_event_time(const std::string& field, std::string_view text) {
    const std::size_t divider = text.find('T');
    const local_days day(parse_date(field, text.substr(0, divider)));
    if (divider == std::string_view::npos) return day;
    const std::string_view clock = text.substr(divider + 1);
    const std::size_t zone = std::min(clock.find_first_of("Zz+-"), clock.size());
    const auto time = time_of_day(clock.substr(0, zone));
    if (!time) refuse_time(field, text);
    if (zone == clock.size()) return day + *time;
    const auto ahead = offset(clock.substr(zone));
    if (!ahead) refuse_time(field, text);
    return sys_seconds((day + *time - *ahead).time_since_epoch());
}

Payload to_payload(const Event& event) {
    check(event);
    const std::string what = properties(event);
    if (event.syntax == EventSyntax::bare) return {"BEGIN:VEVENT\r\n" + what + "END:VEVENT\r\n"};
    std::string text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tocsin//EN\r\nBEGIN:VEVENT\r\n";
    append(text, "UID:", event.uid.empty() ? hash_of(what) : content_text(event.uid));
    append(text, "DTSTAMP", value_of(event.stamp));
    return {text + what + "END:VEVENT\r\nEND:VCALENDAR\r\n"};
}

}  // namespace tocsin::qr::payload
