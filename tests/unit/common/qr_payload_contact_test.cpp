// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/mecard.hpp"
#include "common/qr/payload/vcard.hpp"
#include "tests/unit/common/qr_payload_traps.hpp"

namespace tocsin::qr::payload {
namespace {

using core::Code;

Date date(int year, unsigned month, unsigned day) {
    return Date(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day));
}

Vcard named_card(const std::string& name) {
    Vcard card;
    card.name = name;
    return card;
}

Vcard with_phone(const std::string& number) {
    Vcard card = named_card("x");
    card.phones = {parse_entry(number, EntryKind::phone)};
    return card;
}

Vcard with_mail(const std::string& address) {
    Vcard card = named_card("x");
    card.mails = {parse_entry(address, EntryKind::other)};
    return card;
}

Vcard with_url(const std::string& url) {
    Vcard card = named_card("x");
    card.urls = {parse_entry(url, EntryKind::other)};
    return card;
}

Mecard short_card(const std::string& family, const std::string& given) {
    Mecard card;
    card.family = family;
    card.given = given;
    return card;
}

/// The value of a content line, unescaped by a reader of its own (RFC 6350, section 3.4).
std::string value_of(const std::string& text, const std::string& property) {
    const auto start = text.find("\r\n" + property + ":");
    if (start == std::string::npos) return "(none)";
    const auto from = start + property.size() + 3;
    const std::string line = text.substr(from, text.find("\r\n", from) - from);
    std::string value;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\\') {
            value += line[i];
        } else {
            const char next = line.at(++i);
            value += next == 'n' || next == 'N' ? '\n' : next;
        }
    }
    return value;
}

TEST(VcardPayload, HasEveryField) {
    Vcard card;
    card.honorific_prefix = "Dr.";
    card.given = "Ada";
    card.middle = "King";
    card.family = "Lovelace";
    card.honorific_suffix = "MSc";
    card.nickname = "Countess";
    card.organisation = "Analytical; Engines, Ltd";
    card.department = "Notes";
    card.job_title = "Programmer";
    card.phones = {parse_entry("work,fax:+44 20 7946 0018", EntryKind::phone),
                   parse_entry("mobile:+447700900123", EntryKind::phone),
                   parse_entry("112", EntryKind::phone)};
    card.mails = {parse_entry("work:ada@example.org", EntryKind::other)};
    card.urls = {parse_entry("https://example.org/a,b;c?d=e", EntryKind::other),
                 parse_entry("home:http://ada.example", EntryKind::other)};
    card.address = {"PO 7", "Floor 2", "12 St James's Sq; left", "London", "", "SW1Y 4JH", "UK"};
    card.birthday = date(1815, 12, 10);
    card.note = "one, two\r\nthree\\four";
    const std::string shared =
        "N:Lovelace;Ada;King;Dr.;MSc\r\nFN:Dr. Ada King Lovelace MSc\r\nNICKNAME:Countess\r\n"
        "ORG:Analytical\\; Engines\\, Ltd;Notes\r\nTITLE:Programmer\r\n"
        "TEL;TYPE=WORK,FAX:+44 20 7946 0018\r\nTEL;TYPE=CELL:+447700900123\r\nTEL:112\r\n"
        "EMAIL;TYPE=WORK:ada@example.org\r\nURL:https://example.org/a,b;c?d=e\r\n"
        "URL;TYPE=HOME:http://ada.example\r\n"
        "ADR:PO 7;Floor 2;12 St James's Sq\\; left;London;;SW1Y 4JH;UK\r\n";
    const std::string note = "NOTE:one\\, two\\nthree\\\\four\r\nEND:VCARD\r\n";
    EXPECT_EQ(text_of(card), "BEGIN:VCARD\r\nVERSION:3.0\r\n" + shared + "BDAY:1815-12-10\r\n" + note);
    card.version = VcardVersion::v4;
    EXPECT_EQ(text_of(card), "BEGIN:VCARD\r\nVERSION:4.0\r\n" + shared + "BDAY:18151210\r\n" + note);
    EXPECT_FALSE(to_payload(card).demands.has_value());
}

TEST(VcardPayload, AlwaysHasAName) {
    Vcard company;
    company.organisation = "ACME";
    expect_texts<Vcard>({
        {named_card("Prince"), "BEGIN:VCARD\r\nVERSION:3.0\r\nN:;;;;\r\nFN:Prince\r\nEND:VCARD\r\n"},
        {company, "BEGIN:VCARD\r\nVERSION:3.0\r\nN:;;;;\r\nFN:ACME\r\nORG:ACME\r\nEND:VCARD\r\n"},
    });
    expect_refusals<Vcard>({{Vcard{}, "the card has no name"}});
}

TEST(VcardPayload, DoesNotFoldLines) {
    const std::string text = text_of(named_card(std::string(200, 'x')));
    EXPECT_NE(text.find("\r\nFN:" + std::string(200, 'x') + "\r\n"), std::string::npos);
}

TEST(VcardPayload, IsReadBack) {
    for (const std::string& text : nasty_texts()) {
        Vcard card = named_card(text);
        card.note = "first\nsecond\rthird\r\n";
        card.note += text;
        const std::string written = text_of(card);
        EXPECT_EQ(value_of(written, "FN"), text);
        EXPECT_EQ(value_of(written, "NOTE"), std::string("first\nsecond\nthird\n").append(text));
    }
}

TEST(VcardPayload, RefusesWhatNobodyCouldUse) {
    std::string labels;  // 252 bytes
    for (int i = 0; i < 126; ++i) labels += "a.";
    EXPECT_EQ(value_of(text_of(with_mail("ada@" + labels + "abc")), "EMAIL"), "ada@" + labels + "abc");
    Vcard broken = named_card("x");
    broken.address.city = "a\tb";
    expect_refusals<Vcard>({
        {named_card("a\r\nTEL:1"), "the name has a control character"},
        {named_card("\xC3"), "the name is not UTF-8"},
        {broken, "the address has a control character"},
        {with_phone("work:"), "the phone number is empty"},
        {with_phone("wrok:+43"), "'wrok:+43' has characters that can't be dialled"},
        {with_phone("()"), "can't be dialled"},
        {with_phone("1\n2"), "control character"},
        {with_mail("a@b@c"), "'a@b@c' is no mail address"},
        {with_mail("ada.example.org"), "is no mail address"},
        {with_mail("Ada <ada@example.org>"), "is no mail address"},
        {with_mail(".ada@example.org"), "is no mail address"},
        {with_mail("ada@-example.org"), "is no mail address"},
        {with_mail("ada@example..org"), "is no mail address"},
        {with_mail("ada@"), "is no mail address"},
        {with_mail(std::string(65, 'a') + "@example.org"), "is no mail address"},
        {with_mail("ada@" + std::string(64, 'a') + ".org"), "is no mail address"},
        {with_mail("ada@" + labels + "abcd"), "is no mail address"},
        {with_url("example.org"), "has no scheme"},
        {with_url("://example.org"), "has no scheme"},
        {with_url("https://exa mple.org"), "a character that no URL has"},
        {with_url("https://example.org/\\x"), "a character that no URL has"},
    });
    for (const char* address : {"ada+tag@example.org", "a.d.a@localhost", "grüße@müller.example", "!#$%@x.y"})
        EXPECT_EQ(value_of(text_of(with_mail(address)), "EMAIL"), address);
}

TEST(Entry, HasTheTypesThatAreKnown) {
    const auto phone = [](const char* text) { return parse_entry(text, EntryKind::phone); };
    const auto other = [](const char* text) { return parse_entry(text, EntryKind::other); };
    EXPECT_EQ(phone("Work:1"), (Entry{{"WORK"}, "1"}));
    EXPECT_EQ(phone("home,VIDEO:1"), (Entry{{"HOME", "VIDEO"}, "1"}));
    EXPECT_EQ(phone("mobile:1"), (Entry{{"CELL"}, "1"}));
    EXPECT_EQ(phone("home,:1"), (Entry{{}, "home,:1"}));
    EXPECT_EQ(other("https://x"), (Entry{{}, "https://x"}));
    EXPECT_EQ(other("work:https://x"), (Entry{{"WORK"}, "https://x"}));
    EXPECT_EQ(other("cell:a@b"), (Entry{{}, "cell:a@b"}));
    EXPECT_EQ(other(""), (Entry{{}, ""}));
}

TEST(MecardPayload, HasEveryField) {
    Mecard card = short_card("Owen", "Sean");
    card.family_reading = "オーエン";
    card.given_reading = "ショーン";
    card.nickname = "S,O";
    card.organisation = "ACME: tools";
    card.phones = {"+1 (212) 555-1212", "*100#"};
    card.mails = {"sean@example.org"};
    card.urls = {"https://example.org/?a=b;c"};
    card.address = {"", "4th Floor", "76 9th Avenue", "New York", "NY", "10011", "USA"};
    card.birthday = date(1979, 1, 2);
    card.note = "back\\slash; \"quoted\"";
    EXPECT_EQ(text_of(card),
              "MECARD:N:Owen,Sean;SOUND:オーエン,ショーン;TEL:+12125551212;TEL:*100#;"
              "EMAIL:sean@example.org;NOTE:back\\\\slash\\; \"quoted\";BDAY:19790102;"
              "ADR:,4th Floor,76 9th Avenue,New York,NY,10011,USA;URL:https\\://example.org/?a=b\\;c;"
              "NICKNAME:S\\,O;ORG:ACME\\: tools;;");
}

TEST(MecardPayload, DividesNamesByACommaOfItsOwn) {
    expect_texts<Mecard>({
        {short_card("a,b", "c;d"), "MECARD:N:a\\,b,c\\;d;;"},
        {short_card("Cher", ""), "MECARD:N:Cher;;"},
        {short_card("", "Cher"), "MECARD:N:Cher;;"},
        {short_card("\\", ":"), "MECARD:N:\\\\,\\:;;"},
    });
}

TEST(MecardPayload, RefusesWhatNobodyCouldUse) {
    Mecard letters = short_card("x", "");
    letters.phones = {"0800-CALL"};
    Mecard empty = short_card("x", "");
    empty.phones = {"+"};
    Mecard longest = short_card("x", "");
    longest.phones = {"+" + std::string(24, '1')};
    Mecard too_long = longest;
    too_long.phones = {std::string(25, '1')};
    Mecard lines = short_card("x", "");
    lines.note = "a\nb";
    Mecard mail = short_card("x", "");
    mail.mails = {"x"};
    Mecard url = short_card("x", "");
    url.urls = {"x"};
    Mecard reading = short_card("x", "y");
    reading.given_reading = "z";
    EXPECT_EQ(text_of(longest), "MECARD:N:x;TEL:+" + std::string(24, '1') + ";;");
    expect_refusals<Mecard>({
        {Mecard{}, "the card has no name"},
        {letters, "'0800-CALL' has characters that can't be dialled"},
        {empty, "can't be dialled"},
        {too_long, "more than 24 digits", Code::too_large},
        {lines, "the note has a control character"},
        {mail, "'x' is no mail address"},
        {url, "'x' has no scheme"},
        {reading, "the given name has a reading, the family name none"},
    });
}

TEST(Dates, ExistInTheCalendar) {
    EXPECT_EQ(basic_date(parse_date("it", "2024-02-29")), "20240229");
    EXPECT_EQ(extended_date(parse_date("it", "20240229")), "2024-02-29");
    EXPECT_EQ(extended_date(parse_date("it", "0001-01-01")), "0001-01-01");
    for (const char* text :
         {"2023-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "0000-01-01"})
        expect_error(error_of([&] { parse_date("the day", text); }), Code::invalid, "is not in the calendar");
    for (const char* text : {"", "2026", "2026-1-01", "24.12.2026", "2026-12-24 ", "2026/12/24", "-026-12-24",
                             "2026-1224", "202612-24", "２026-12-24"})
        expect_error(error_of([&] { parse_date("the day", text); }), Code::invalid, "is no date");
}

}  // namespace
}  // namespace tocsin::qr::payload
