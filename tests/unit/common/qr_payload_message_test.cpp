// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/escaping.hpp"
#include "common/qr/payload/geo.hpp"
#include "common/qr/payload/message.hpp"
#include "tests/unit/common/qr_payload_traps.hpp"

namespace tocsin::qr::payload {
namespace {

std::string unpercented(const std::string& text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '%') {
            bytes += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            bytes += text[i];
        }
    return bytes;
}

TEST(Escaping, LeavesOnlyUnreservedCharacters) {
    EXPECT_EQ(percent_encoded("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encoded("a b+c&d=e?f#g/h%i"), "a%20b%2Bc%26d%3De%3Ff%23g%2Fh%25i");
    EXPECT_EQ(percent_encoded("ü\n"), "%C3%BC%0A");
    EXPECT_EQ(percent_encoded("a@b", "@"), "a@b");
    for (const std::string& text : nasty_texts()) EXPECT_EQ(unpercented(percent_encoded(text)), text);
}

TEST(Escaping, MakesLineEndsAlike) {
    EXPECT_EQ(with_line_ends("a\nb\r\nc\rd\n\ne\r", "|"), "a|b|c|d||e|");
    EXPECT_EQ(content_text("a\\b;c,d\r\ne:f\"g"), "a\\\\b\\;c\\,d\\ne:f\"g");
}

TEST(GeoPayload, KeepsNumbersAsTheyAreWritten) {
    expect_texts<Geo>({
        {{.latitude = "48.2010", .longitude = "16.3695"}, "geo:48.2010,16.3695"},
        {{.latitude = "48.2010", .longitude = "16.3695", .altitude = "183"}, "geo:48.2010,16.3695,183"},
        {{.latitude = "48.198634", .longitude = "-16.371648", .altitude = "-3.5", .uncertainty = "40"},
         "geo:48.198634,-16.371648,-3.5;u=40"},
        {{.latitude = "38", .longitude = "-77", .label = "A (b) & c, ü"},
         "geo:38,-77?q=38,-77(A%20%28b%29%20%26%20c%2C%20%C3%BC)"},
        {{.latitude = "1.5", .longitude = "2", .altitude = "3", .uncertainty = "0.5", .label = "x"},
         "geo:1.5,2,3;u=0.5?q=1.5,2(x)"},
        {{.latitude = "0000.00000000000000000001", .longitude = "180.000"},
         "geo:0000.00000000000000000001,180.000"},
        {{.latitude = "90", .longitude = "33"}, "geo:90,0"},
        {{.latitude = "-90.0", .longitude = "33"}, "geo:-90.0,0"},
        {{.latitude = "-0.1", .longitude = "-180"}, "geo:-0.1,-180"},
    });
}

TEST(GeoPayload, RefusesOtherNumbersAndPlaces) {
    expect_refusals<Geo>({
        {{.latitude = "", .longitude = "1"}, "the latitude is empty"},
        {{.latitude = "1", .longitude = ""}, "the longitude is empty"},
        {{.latitude = "48.", .longitude = "1"}, "the latitude '48.' is no decimal number"},
        {{.latitude = ".5", .longitude = "1"}, "is no decimal number"},
        {{.latitude = "4.8e1", .longitude = "1"}, "is no decimal number"},
        {{.latitude = "48,2", .longitude = "1"}, "is no decimal number"},
        {{.latitude = "+48", .longitude = "1"}, "is no decimal number"},
        {{.latitude = "--48", .longitude = "1"}, "is no decimal number"},
        {{.latitude = "48.2.1", .longitude = "1"}, "is no decimal number"},
        {{.latitude = "nan", .longitude = "1"}, "is no decimal number"},
        {{.latitude = " 48", .longitude = "1"}, "is no decimal number"},
        {{.latitude = "90.00000000000000000000001", .longitude = "1"}, "is beyond 90 degrees"},
        {{.latitude = "-91", .longitude = "1"}, "is beyond 90 degrees"},
        {{.latitude = "4294967301", .longitude = "1"}, "is beyond 90 degrees"},  // 2^32 + 5
        {{.latitude = "1", .longitude = "180.1"}, "the longitude 180.1 is beyond 180 degrees"},
        {{.latitude = "1", .longitude = "-99999999999999999999"}, "is beyond 180 degrees"},
        {{.latitude = "1", .longitude = "2", .altitude = "x"}, "the altitude 'x'"},
        {{.latitude = "1", .longitude = "2", .uncertainty = "-1"}, "the uncertainty '-1'"},
        {{.latitude = "1", .longitude = "2", .label = "a\nb"}, "the label has a control character"},
    });
}

TEST(TelPayload, IsANumberThatMeansTheSameEverywhere) {
    expect_texts<Tel>({
        {{.number = "+43 (1) 234-567"}, "tel:+431234567"},
        {{.number = "+1-201-555-0123", .extension = "12-3"}, "tel:+12015550123;ext=123"},
        {{.number = "112", .context = "+43"}, "tel:112;phone-context=+43"},
        {{.number = "7042", .extension = "1", .context = "example.org"},
         "tel:7042;ext=1;phone-context=example.org"},
        {{.number = "*100#", .context = "+43"}, "tel:*100%23;phone-context=+43"},
        {{.number = "+123456789012345"}, "tel:+123456789012345"},
    });
    expect_refusals<Tel>({
        {{.number = ""}, "the phone number is empty"},
        {{.number = "0664 1234567"}, "is a local one"},
        {{.number = "call me"}, "other characters than digits"},
        {{.number = "+43 1 CALL"}, "is not + and digits"},
        {{.number = "++43123"}, "is not + and digits"},
        {{.number = "+"}, "is not + and digits"},
        {{.number = "+0431234"}, "has no country code"},
        {{.number = "+123"}, "has 3 digits, not 4 to 15"},
        {{.number = "+1234567890123456"}, "has 16 digits, not 4 to 15"},
        {{.number = "+431234567", .extension = "x1"}, "the extension 'x1' is not a number"},
        {{.number = "+431234567", .context = "+43"}, "is valid everywhere"},
        {{.number = "112", .context = "ü.org"}, "neither a prefix nor a domain"},
        {{.number = "112", .context = "+"}, "neither a prefix nor a domain"},
        {{.number = "112", .context = "a;b"}, "neither a prefix nor a domain"},
    });
}

TEST(SmsPayload, TakesTheFormThatPhonesFillIn) {
    const auto uri = SmsSyntax::uri;
    expect_texts<Sms>({
        {{.number = "+43 664 1234567", .text = "Hi: a;b\nü"}, "SMSTO:+436641234567:Hi: a;b\nü"},
        {{.number = "+436641234567"}, "sms:+436641234567"},
        {{.number = "+436641234567", .text = "a+b & ü\n?", .syntax = uri},
         "sms:+436641234567?body=a%2Bb%20%26%20%C3%BC%0A%3F"},
        {{.number = "50409", .text = "STOP"}, "SMSTO:50409:STOP"},
        {{.number = "50409"}, "SMSTO:50409"},
    });
    expect_refusals<Sms>({
        {{.number = "", .text = "x"}, "the phone number is empty"},
        {{.number = "0664123", .text = "x"}, "is not + and digits"},
        {{.number = "12", .text = "x"}, "is not + and digits"},
        {{.number = "50409", .text = "x", .syntax = uri}, "the short code '50409' has no country code"},
        {{.number = "+436641234567", .text = "\x01"}, "the text has a control character"},
        {{.number = "+436641234567", .text = "\xE4"}, "the text is not UTF-8"},
    });
}

TEST(MailPayload,
     IsAUriOfRfc6068) {  // checked with Python: urllib.parse.unquote and parse_qsl give the fields back
    expect_texts<Mail>({
        {{.to = {"chris@example.com"}}, "mailto:chris@example.com"},
        {{.to = {"a@x.org", "b+tag@x.org"}, .cc = {"c@x.org", "d@x.org"}, .bcc = {"e@x.org"}},
         "mailto:a@x.org,b%2Btag@x.org?cc=c@x.org,d@x.org&bcc=e@x.org"},
        {{.to = {"a@x.org"}, .subject = "1 + 1 = 2?", .body = "Grüße,\nAda & Co\r\n"},
         "mailto:a@x.org?subject=1%20%2B%201%20%3D%202%3F"
         "&body=Gr%C3%BC%C3%9Fe%2C%0D%0AAda%20%26%20Co%0D%0A"},
        {{.to = {"gorby%kremvax@example.com"}, .body = "x"}, "mailto:gorby%25kremvax@example.com?body=x"},
        {{.to = {"unlikely?address@example.com"}}, "mailto:unlikely%3Faddress@example.com"},
        {{.to = {"Mike&family@example.org"}, .subject = "#"}, "mailto:Mike%26family@example.org?subject=%23"},
        {{.to = {"user@müller.example"}}, "mailto:user@m%C3%BCller.example"},
    });
    expect_refusals<Mail>({
        {{.to = {}}, "the mail has no recipient"},
        {{.to = {""}}, "the recipient is empty"},
        {{.to = {"a"}}, "the recipient 'a' is no mail address"},
        {{.to = {"a@x.org,b@x.org"}}, "is no mail address"},
        {{.to = {"a@x.org"}, .cc = {"b"}}, "the recipient of a copy 'b'"},
        {{.to = {"a@x.org"}, .bcc = {"b@"}}, "the recipient of a blind copy 'b@'"},
        {{.to = {"a@x.org"}, .subject = "a\r\nBcc: b@x.org"}, "the subject has a control character"},
        {{.to = {"a@x.org"}, .body = std::string("\0", 1)}, "the body has a control character"},
    });
}

}  // namespace
}  // namespace tocsin::qr::payload
