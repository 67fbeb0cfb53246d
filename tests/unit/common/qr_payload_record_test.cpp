// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/banking.hpp"
#include "common/qr/payload/epc.hpp"
#include "common/qr/payload/otpauth.hpp"
#include "tests/unit/common/qr_payload_traps.hpp"

namespace tocsin::qr::payload {
namespace {

using core::Code;

Otp otp(const std::string& secret) { return {.secret = secret, .account = "ada@example.org"}; }

TEST(OtpauthPayload, IsWhatAuthenticatorsRead) {
    Otp full{.secret = "hxdm vjec jjws rb3h wizr 4ifu gftm xboz",
             .account = "john doe@x.org",
             .issuer = "ACME Co & Sons",
             .hash = OtpHash::sha512,
             .digits = 8,
             .period = 60};
    Otp counted = otp("JBSWY3DPEHPK3PXP");
    counted.kind = OtpKind::hotp;
    counted.counter = 0;
    counted.hash = OtpHash::sha256;
    Otp spelled = otp("JBSWY3DPEHPK3PXP");
    spelled.period = 30;
    expect_texts<Otp>({
        {otp("JBSWY3DPEHPK3PXP"), "otpauth://totp/ada@example.org?secret=JBSWY3DPEHPK3PXP"},
        {spelled, "otpauth://totp/ada@example.org?secret=JBSWY3DPEHPK3PXP"},
        {full,
         "otpauth://totp/ACME%20Co%20%26%20Sons:john%20doe@x.org?secret=HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ"
         "&issuer=ACME%20Co%20%26%20Sons&algorithm=SHA512&digits=8&period=60"},
        {counted, "otpauth://hotp/ada@example.org?secret=JBSWY3DPEHPK3PXP&algorithm=SHA256&counter=0"},
        {otp("mzxw6==="), "otpauth://totp/ada@example.org?secret=MZXW6"},
        {otp("MZXW-6YQ="), "otpauth://totp/ada@example.org?secret=MZXW6YQ"},
        {otp("MY"), "otpauth://totp/ada@example.org?secret=MY"},
    });
}

TEST(OtpauthPayload, RefusesWhatNoAuthenticatorTakes) {
    const auto changed = [](auto change) {
        Otp fields = otp("JBSWY3DPEHPK3PXP");
        change(fields);
        return fields;
    };
    expect_refusals<Otp>({
        {otp(""), "the secret is empty"},
        {otp(" = "), "the secret is empty"},
        {otp("JBSWY3DPEHPK3PX1"), "its character 16 is neither a letter nor a digit from 2 to 7"},
        {otp("JBSW8"), "its character 5"},
        {otp("MZ=XW6YQ"), "its character 3"},
        {otp("JBSWÜ"), "its character 5"},
        {otp("M"), "no bytes become 1 characters"},
        {otp("MZX"), "no bytes become 3 characters"},
        {otp("JBSWY3DPEHPK3P"), "no bytes become 14 characters"},
        {changed([](Otp& o) { o.account = ""; }), "the account is empty"},
        {changed([](Otp& o) { o.account = "a:b"; }), "the account 'a:b' has a colon"},
        {changed([](Otp& o) { o.issuer = "a:b"; }), "the issuer 'a:b' has a colon"},
        {changed([](Otp& o) { o.issuer = "a\tb"; }), "the issuer has a control character"},
        {changed([](Otp& o) { o.digits = 5; }), "5 digits are not from 6 to 8"},
        {changed([](Otp& o) { o.digits = 9; }), "9 digits are not from 6 to 8"},
        {changed([](Otp& o) { o.period = 0; }), "a period of 0 seconds"},
        {changed([](Otp& o) { o.period = 86'401; }), "a period of 86401 seconds"},
        {changed([](Otp& o) { o.counter = 1; }), "(totp) have no counter"},
        {changed([](Otp& o) { o.kind = OtpKind::hotp; }), "(hotp) need a counter"},
        {changed([](Otp& o) {
             o.kind = OtpKind::hotp;
             o.counter = 1;
             o.period = 30;
         }),
         "(hotp) have no period"},
    });
    const core::Error error = error_of([] { return to_payload(otp("JBSWY3DPEHPK3PX1")); });
    EXPECT_EQ(std::string(error.what()).find("JBSW"), std::string::npos) << error.what();
}

/// The registry's own examples.
const std::vector<std::string> ibans{"AD1200012030200359100100",
                                     "AE070331234567890123456",
                                     "AL47212110090000000235698741",
                                     "AT611904300234573201",
                                     "AZ21NABZ00000000137010001944",
                                     "BA391290079401028494",
                                     "BE68539007547034",
                                     "BG80BNBG96611020345678",
                                     "BH67BMAG00001299123456",
                                     "BI4210000100010000332045181",
                                     "BR9700360305000010009795493P1",
                                     "BY13NBRB3600900000002Z00AB00",
                                     "CH9300762011623852957",
                                     "CR05015202001026284066",
                                     "CY17002001280000001200527600",
                                     "CZ6508000000192000145399",
                                     "DE89370400440532013000",
                                     "DK5000400440116243",
                                     "DO28BAGR00000001212453611324",
                                     "EE382200221020145685",
                                     "EG380019000500000000263180002",
                                     "ES9121000418450200051332",
                                     "FI2112345600000785",
                                     "FO6264600001631634",
                                     "FR1420041010050500013M02606",
                                     "GB29NWBK60161331926819",
                                     "GE29NB0000000101904917",
                                     "GI75NWBK000000007099453",
                                     "GL8964710001000206",
                                     "GR1601101250000000012300695",
                                     "GT82TRAJ01020000001210029690",
                                     "HR1210010051863000160",
                                     "HU42117730161111101800000000",
                                     "IE29AIBK93115212345678",
                                     "IL620108000000099999999",
                                     "IQ98NBIQ850123456789012",
                                     "IS140159260076545510730339",
                                     "IT60X0542811101000000123456",
                                     "JO94CBJO0010000000000131000302",
                                     "KW81CBKU0000000000001234560101",
                                     "KZ86125KZT5004100100",
                                     "LB62099900000001001901229114",
                                     "LC55HEMM000100010012001200023015",
                                     "LI21088100002324013AA",
                                     "LT121000011101001000",
                                     "LU280019400644750000",
                                     "LV80BANK0000435195001",
                                     "MC5811222000010123456789030",
                                     "MD24AG000225100013104168",
                                     "ME25505000012345678951",
                                     "MK07250120000058984",
                                     "MR1300020001010000123456753",
                                     "MT84MALT011000012345MTLCAST001S",
                                     "MU17BOMM0101101030300200000MUR",
                                     "NL91ABNA0417164300",
                                     "NO9386011117947",
                                     "PK36SCBL0000001123456702",
                                     "PL61109010140000071219812874",
                                     "PS92PALS000000000400123456702",
                                     "PT50000201231234567890154",
                                     "QA58DOHB00001234567890ABCDEFG",
                                     "RO49AAAA1B31007593840000",
                                     "RS35260005601001611379",
                                     "SA0380000000608010167519",
                                     "SC18SSCB11010000000000001497USD",
                                     "SE4550000000058398257466",
                                     "SI56263300012039086",
                                     "SK3112000000198742637541",
                                     "SM86U0322509800000000270100",
                                     "ST23000100010051845310146",
                                     "SV62CENR00000000000000700025",
                                     "TL380080012345678910157",
                                     "TN5910006035183598478831",
                                     "TR330006100519786457841326",
                                     "UA213223130000026007233566001",
                                     "VA59001123000012345678",
                                     "VG96VPVG0000012345678901",
                                     "XK051212012345678906"};

TEST(Iban, FitsItsCountryAndCheckDigits) {
    for (const std::string& iban : ibans) {
        EXPECT_EQ(checked_iban(iban), iban);
        std::string wrong = iban;
        wrong.back() = wrong.back() == '1' ? '2' : '1';
        expect_error(error_of([&] { checked_iban(wrong); }), Code::invalid, "does not fit its check digits");
        expect_error(error_of([&] { checked_iban(iban + "0"); }), Code::invalid,
                     "characters; " + iban.substr(0, 2));
    }
    EXPECT_EQ(checked_iban("de89 3704 0044 0532 0130 00"), "DE89370400440532013000");
}

TEST(Iban, IsRefusedOtherwise) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"", "the IBAN is empty"},
        {"DE", "is not a country, two check digits and an account"},
        {"DEX9370400440532013000", "is not a country"},
        {"1234567890", "is not a country"},
        {"DE89-3704-0044-0532-0130-00", "is not a country"},
        {"US89370400440532013000", "begins with US, which has no IBANs"},
        {"E289370400440532013000", "is not a country"},
        {"DE8937040044053201300", "has 21 characters; DE has 22"},
        {"DE98370400440532013000", "does not fit its check digits"},  // two digits changed places
        {"DE89370400440532013O00", "does not fit its check digits"},  // a letter O
    };
    for (const auto& [iban, words] : table)
        expect_error(error_of([&] { checked_iban(iban); }), Code::invalid, words);
}

TEST(Amount, HasTwoDecimals) {
    const std::vector<std::pair<std::string, std::string>> table{{"3000", "3000.00"},
                                                                 {"3000.5", "3000.50"},
                                                                 {"0.01", "0.01"},
                                                                 {"007.1", "7.10"},
                                                                 {"999999999.99", "999999999.99"},
                                                                 {"00.10", "0.10"}};
    for (const auto& [written, amount] : table) EXPECT_EQ(checked_amount(written), amount);
    for (const char* amount :
         {"", ".5", "5.", "1,5", "1.234,50", "1.005", "-1", "+1", "1e3", "EUR5", " 5", "1 000"})
        expect_error(error_of([&] { checked_amount(amount); }), Code::invalid, "is not euros");
    for (const char* amount : {"0", "0.00", "1000000000", "99999999999999999999"})
        expect_error(error_of([&] { checked_amount(amount); }), Code::invalid,
                     "is not from 0.01 to 999999999.99");
}

Epc transfer() { return {.name = "Red Cross of Belgium", .iban = "BE72 0000 0000 1616"}; }

template <typename Change>
Epc changed(Change change) {
    Epc fields = transfer();
    change(fields);
    return fields;
}

TEST(EpcPayload, IsWhatTheGuidelineShows) {
    const Epc first{.version = EpcVersion::v1,
                    .name = "Red Cross of Belgium",
                    .iban = "BE72000000001616",
                    .bic = "bpotbeb1",
                    .amount = "1",
                    .purpose = "char",
                    .text = "Urgency fund",
                    .information = "Sample EPC QR code"};
    expect_texts<Epc>({
        {first,
         "BCD\n001\n1\nSCT\nBPOTBEB1\nRed Cross of Belgium\nBE72000000001616\nEUR1.00\nCHAR\n\nUrgency fund\n"
         "Sample EPC QR code"},
        {transfer(), "BCD\n002\n1\nSCT\n\nRed Cross of Belgium\nBE72000000001616"},
        {changed([](Epc& e) {
             e.amount = "3000";
             e.reference = "rf18 5390 0754 7034";
         }),
         "BCD\n002\n1\nSCT\n\nRed Cross of Belgium\nBE72000000001616\nEUR3000.00\n\nRF18539007547034"},
        {changed([](Epc& e) { e.information = "x"; }),
         "BCD\n002\n1\nSCT\n\nRed Cross of Belgium\nBE72000000001616\n\n\n\n\nx"},
    });
    const Demands none{.level = '-', .max_version = 0, .source = {}};
    const Demands demands = to_payload(transfer()).demands.value_or(none);
    EXPECT_EQ(demands.level, 'M');
    EXPECT_EQ(demands.max_version, 13);
}

TEST(EpcPayload, RefusesWhatNoBankTakes) {
    expect_refusals<Epc>({
        {changed([](Epc& e) { e.name = ""; }), "the name is empty"},
        {changed([](Epc& e) { e.name = std::string(71, 'x'); }), "71 characters, 1 too many",
         Code::too_large},
        {changed([](Epc& e) { e.name = "a\nb"; }), "the name has a control character"},
        {changed([](Epc& e) { e.iban = "BE72000000001617"; }), "does not fit its check digits"},
        {changed([](Epc& e) { e.version = EpcVersion::v1; }), "version 001 needs the BIC"},
        {changed([](Epc& e) { e.bic = "BPOTBEB"; }), "the BIC 'BPOTBEB'"},
        {changed([](Epc& e) { e.bic = "BPOT1EB1"; }), "the BIC 'BPOT1EB1'"},
        {changed([](Epc& e) { e.bic = "BPOTBEB1XX"; }), "the BIC"},
        {changed([](Epc& e) { e.amount = "1,50"; }), "the amount '1,50'"},
        {changed([](Epc& e) { e.purpose = "CHARI"; }), "the purpose 'CHARI'"},
        {changed([](Epc& e) { e.purpose = "C R"; }), "the purpose 'C R'"},
        {changed([](Epc& e) { e.reference = "RF19539007547034"; }), "does not fit its check digits"},
        {changed([](Epc& e) { e.reference = "INVOICE 7"; }), "is not RF"},
        {changed([](Epc& e) { e.reference = "RF18" + std::string(22, '1'); }), "is not RF"},
        {changed([](Epc& e) {
             e.reference = "RF18539007547034";
             e.text = "x";
         }),
         "there are a reference and a text"},
        {changed([](Epc& e) { e.text = std::string(141, 'x'); }), "the text has 141 characters",
         Code::too_large},
        {changed([](Epc& e) { e.information = std::string(71, 'x'); }), "the information has 71",
         Code::too_large},
        {changed([](Epc& e) { e.text = "\xFC"; }), "the text is not UTF-8"},
        {changed([](Epc& e) { e.text = "two\nlines"; }), "the text has a control character"},
    });
}

TEST(EpcPayload, CountsCharactersInFieldsAndBytesInAll) {
    std::string umlauts;
    for (int i = 0; i < 70; ++i) umlauts += "ü";
    const auto named = [&](const std::string& text) {
        return changed([&](Epc& e) {
            e.name = umlauts;
            e.text = text;
        });
    };
    // 15 bytes in front of the name, 141 with its line end, 17 for the IBAN, 3 empty lines: 155 are left
    EXPECT_EQ(to_payload(named(std::string(140, 'x'))).text.size(), 316U);
    const std::string full = std::string(123, 'x') + umlauts.substr(0, 32);
    EXPECT_EQ(to_payload(named(full)).text.size(), 331U);
    expect_refusals<Epc>(
        {{named("x" + full), "takes 332 bytes, 1 more than EPC069-12 allows", Code::too_large}});
}

}  // namespace
}  // namespace tocsin::qr::payload
