// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/event.hpp"
#include "tests/unit/common/qr_payload_traps.hpp"

namespace tocsin::qr::payload {
namespace {

using core::Code;

EventTime at(const std::string& text) { return parse_event_time("the time", text); }

Event event(const std::string& start) {
    Event fields{.summary = "Concert", .start = at(start)};
    fields.stamp = std::get<std::chrono::sys_seconds>(at("2026-11-23T03:00:00Z"));
    fields.uid = "c1";
    return fields;
}

template <typename Change>
Event changed(const std::string& start, Change change) {
    Event fields = event(start);
    change(fields);
    return fields;
}

Event until(const std::string& start, const std::string& end) {
    return changed(start, [&](Event& e) { e.end = at(end); });
}

Event lasting(const std::string& start, std::chrono::seconds duration) {
    return changed(start, [&](Event& e) { e.duration = duration; });
}

/// The lines between those that every calendar has.
std::string lines_of(const Event& fields) {
    const std::string head =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tocsin//EN\r\nBEGIN:VEVENT\r\nUID:c1\r\n"
        "DTSTAMP:20261123T030000Z\r\n";
    const std::string tail = "SUMMARY:Concert\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    std::string text = text_of(fields);
    if (!text.starts_with(head) || !text.ends_with(tail)) return text;
    return text.substr(head.size(), text.size() - head.size() - tail.size());
}

TEST(EventPayload, TellsTimesInThreeWays) {
    EXPECT_EQ(lines_of(event("2026-12-24")), "DTSTART;VALUE=DATE:20261224\r\n");
    EXPECT_EQ(lines_of(event("2026-12-24T18:00")), "DTSTART:20261224T180000\r\n");
    EXPECT_EQ(lines_of(event("2026-12-24T18:00:07Z")), "DTSTART:20261224T180007Z\r\n");
    EXPECT_EQ(lines_of(event("20261224T18:00z")), "DTSTART:20261224T180000Z\r\n");
    EXPECT_EQ(lines_of(event("2026-12-31T23:30-03:30")), "DTSTART:20270101T030000Z\r\n");
    EXPECT_EQ(lines_of(event("2024-03-01T00:30+01:00")), "DTSTART:20240229T233000Z\r\n");
}

TEST(EventPayload, EndsAfterItStarts) {
    EXPECT_EQ(lines_of(until("2026-12-24T18:00", "2026-12-24T19:30")),
              "DTSTART:20261224T180000\r\nDTEND:20261224T193000\r\n");
    EXPECT_EQ(lines_of(until("2026-12-24T18:00+01:00", "2026-12-24T17:00:01Z")),
              "DTSTART:20261224T170000Z\r\nDTEND:20261224T170001Z\r\n");
    // the last day belongs to the event, DTEND does not
    EXPECT_EQ(lines_of(until("2026-12-24", "2026-12-24")),
              "DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261225\r\n");
    EXPECT_EQ(lines_of(until("2026-12-24", "2026-12-31")),
              "DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20270101\r\n");
    expect_refusals<Event>({
        {until("2026-12-24T18:00", "2026-12-24T18:00"), "the end is not after the start"},
        {until("2026-12-24T18:00Z", "2026-12-24T18:30+01:00"), "the end is not after the start"},
        {until("2026-12-24", "2026-12-23"), "the end is before the start"},
        {until("2026-12-24", "2026-12-24T18:00"), "not of one kind"},
        {until("2026-12-24T18:00", "2026-12-24T19:00Z"), "not of one kind"},
        {until("9999-12-30", "9999-12-31"), "leaves the years 1 to 9999"},
        {event("0001-01-01T00:00+01:00"), "leaves the years 1 to 9999"},
    });
}

TEST(EventPayload, LastsAWhile) {
    using std::chrono::hours;
    using std::chrono::minutes;
    using std::chrono::seconds;
    EXPECT_EQ(lines_of(lasting("2026-12-24T18:00", minutes(90))),
              "DTSTART:20261224T180000\r\nDURATION:PT1H30M\r\n");
    EXPECT_EQ(lines_of(lasting("2026-12-24T18:00Z", hours(48))),
              "DTSTART:20261224T180000Z\r\nDURATION:PT48H\r\n");
    EXPECT_EQ(lines_of(lasting("2026-12-24T18:00", seconds(3661))),
              "DTSTART:20261224T180000\r\nDURATION:PT1H1M1S\r\n");
    EXPECT_EQ(lines_of(lasting("2026-12-24T18:00", seconds(60))),
              "DTSTART:20261224T180000\r\nDURATION:PT1M\r\n");
    EXPECT_EQ(lines_of(lasting("2026-12-24T18:00", seconds(59))),
              "DTSTART:20261224T180000\r\nDURATION:PT59S\r\n");
    EXPECT_EQ(lines_of(lasting("2026-12-24", hours(72))), "DTSTART;VALUE=DATE:20261224\r\nDURATION:P3D\r\n");
    expect_refusals<Event>({
        {lasting("2026-12-24T18:00", seconds(0)), "the duration is not above zero"},
        {lasting("2026-12-24T18:00", seconds(-5)), "the duration is not above zero"},
        {lasting("2026-12-24", hours(36)), "an event of whole days has no hours"},
        {changed("2026-12-24T18:00",
                 [](Event& e) {
                     e.end = at("2026-12-24T19:00");
                     e.duration = hours(1);
                 }),
         "there are an end and a duration"},
    });
}

TEST(EventPayload, EscapesTexts) {
    const Event full = changed("2026-12-24T18:00", [](Event& e) {
        e.summary = "Bring; food, \\ 日本";
        e.location = "Room: 7, left";
        e.description = "one\r\ntwo\nthree \\n";
    });
    EXPECT_EQ(
        text_of(full),
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tocsin//EN\r\nBEGIN:VEVENT\r\nUID:c1\r\n"
        "DTSTAMP:20261123T030000Z\r\nDTSTART:20261224T180000\r\nSUMMARY:Bring\\; food\\, \\\\ 日本\r\n"
        "LOCATION:Room: 7\\, left\r\nDESCRIPTION:one\\ntwo\\nthree \\\\n\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    expect_refusals<Event>({
        {changed("2026-12-24", [](Event& e) { e.summary = ""; }), "the summary is empty"},
        {changed("2026-12-24", [](Event& e) { e.summary = "a\r\nEND:VEVENT"; }), "the summary has a control"},
        {changed("2026-12-24", [](Event& e) { e.location = "\xFF"; }), "the location is not UTF-8"},
        {changed("2026-12-24", [](Event& e) { e.description = "\x1B[0m"; }), "the description has a control"},
        {changed("2026-12-24", [](Event& e) { e.uid = "\n"; }), "the UID has a control"},
    });
}

TEST(EventPayload, IsKnownAgainByItsContent) {
    const auto uid = [](const Event& fields) {
        const std::string text = text_of(fields);
        const auto start = text.find("UID:") + 4;
        return text.substr(start, text.find("\r\n", start) - start);
    };
    const auto unnamed = [](Event& e) { e.uid.clear(); };
    const Event first = changed("2026-12-24", unnamed);
    Event later = first;
    later.stamp += std::chrono::hours(1);
    EXPECT_EQ(uid(first).size(), 16U);
    EXPECT_EQ(uid(first), uid(later));
    EXPECT_NE(text_of(first), text_of(later));
    EXPECT_NE(uid(first), uid(changed("2026-12-25", unnamed)));
}

TEST(EventPayload, MayBeBare) {
    EXPECT_EQ(text_of(changed("2026-12-24", [](Event& e) { e.syntax = EventSyntax::bare; })),
              "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nSUMMARY:Concert\r\nEND:VEVENT\r\n");
}

TEST(EventTime, IsWrittenInOneWay) {
    for (const char* text :
         {"2026-12-24T", "2026-12-24T18", "2026-12-24T24:00", "2026-12-24T18:60", "2026-12-24T18:00:60",
          "2026-12-24T1800", "2026-12-24T18:00X", "2026-12-24T18:00+1", "2026-12-24T18:00+0100",
          "2026-12-24T18:00+25:00", "2026-12-24T18:00ZZ", "2026-12-24T18:00 Z", "2026-12-24T-1:00",
          "2026-12-24T18:00:00.5Z"})
        expect_error(error_of([&] { at(text); }), Code::invalid, "is no time");
    for (const char* text : {"", "tomorrow", "2026-12-24 18:00", "T18:00"})
        expect_error(error_of([&] { at(text); }), Code::invalid, "is no date");
    expect_error(error_of([&] { at("2026-02-29T18:00"); }), Code::invalid, "is not in the calendar");
}

}  // namespace
}  // namespace tocsin::qr::payload
