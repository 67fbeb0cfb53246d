// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "common/qr/payload/wifi.hpp"
#include "tests/unit/common/qr_payload_traps.hpp"

namespace tocsin::qr::payload {
namespace {

using core::Code;

Wifi network(const std::string& ssid, const std::string& password, Security security = Security::wpa) {
    Wifi wifi;
    wifi.ssid = ssid;
    wifi.password = password;
    wifi.security = security;
    return wifi;
}

Wifi hidden(Wifi wifi) {
    wifi.visibility = Visibility::hidden;
    return wifi;
}

Wifi quoted(Wifi wifi) {
    wifi.hex_quotes = HexQuotes::on;
    return wifi;
}

Wifi as_uri(Wifi wifi) {
    wifi.syntax = WifiSyntax::uri;
    return wifi;
}

Wifi with_account(Account account) {
    Wifi wifi = network("uni", "secret word", Security::enterprise);
    wifi.account = std::move(account);
    return wifi;
}

/// A reader of its own: fields end at a semicolon that has an even number of backslashes in front.
std::map<std::string, std::string> read(const std::string& text) {
    std::map<std::string, std::string> fields;
    std::string field;
    for (std::size_t i = text.find(':') + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            field += text.at(++i);
        } else if (text[i] == ';') {
            const auto colon = field.find(':');
            if (colon != std::string::npos) fields[field.substr(0, colon)] = field.substr(colon + 1);
            field.clear();
        } else {
            field += text[i];
        }
    }
    return fields;
}

TEST(WifiPayload, IsWhatPhonesRead) {
    expect_texts<Wifi>({
        {network("mynetwork", "mypassword"), "WIFI:T:WPA;S:mynetwork;P:mypassword;;"},
        {hidden(network("mynetwork", "mypassword")), "WIFI:T:WPA;S:mynetwork;P:mypassword;H:true;;"},
        {network("a;b", "p:\"q\\ and more"), "WIFI:T:WPA;S:a\\;b;P:p\\:\\\"q\\\\ and more;;"},
        {network("\"foo;bar\\baz\"", "", Security::open), "WIFI:T:nopass;S:\\\"foo\\;bar\\\\baz\\\";;"},
        {network("a,b:c", "1,2:3;45"), "WIFI:T:WPA;S:a\\,b\\:c;P:1\\,2\\:3\\;45;;"},
        {network("Café 日本", "pass word"), "WIFI:T:WPA;S:Café 日本;P:pass word;;"},
        {network("only-wpa3", "x", Security::sae), "WIFI:T:SAE;S:only-wpa3;P:x;;"},
        {network(std::string(32, 'z'), "12345678z"),
         "WIFI:T:WPA;S:" + std::string(32, 'z') + ";P:12345678z;;"},
        {network("z", std::string(63, ' ')), "WIFI:T:WPA;S:z;P:" + std::string(63, ' ') + ";;"},
    });
}

TEST(WifiPayload, QuotesWhatLooksHexadecimal) {
    const std::string key(64, 'a');
    expect_texts<Wifi>({
        {quoted(network("ABCD", "12345678")), "WIFI:T:WPA;S:\"ABCD\";P:\"12345678\";;"},
        {quoted(network("cafe", "", Security::open)), "WIFI:T:nopass;S:\"cafe\";;"},
        {quoted(network("cafeteria", "0123456789abcdefg")), "WIFI:T:WPA;S:cafeteria;P:0123456789abcdefg;;"},
        {network("home", key), "WIFI:T:WPA;S:home;P:" + key + ";;"},  // a key, which is meant so
        {quoted(network("home", "abcde", Security::wep)), "WIFI:T:WEP;S:home;P:\"abcde\";;"},
        {network("home", "0123456789", Security::wep), "WIFI:T:WEP;S:home;P:0123456789;;"},
        {network("ABCD", "12345678"), "WIFI:T:WPA;S:ABCD;P:12345678;;"},
    });
}

TEST(WifiPayload, HasTheAccountOfAnEnterpriseNetwork) {
    expect_texts<Wifi>({
        {with_account({"PEAP", "MSCHAPV2", "ada@uni", "anon;ymous"}),
         "WIFI:T:WPA2-EAP;S:uni;E:PEAP;PH2:MSCHAPV2;A:anon\\;ymous;I:ada@uni;P:secret word;;"},
        {with_account({"PWD", "", "ada", ""}), "WIFI:T:WPA2-EAP;S:uni;E:PWD;I:ada;P:secret word;;"},
    });
    expect_refusals<Wifi>({
        {with_account({"TLS", "", "ada", ""}), "EAP method 'TLS'"},
        {with_account({"PEAP", "MD5", "ada", ""}), "inner method 'MD5'"},
        {with_account({"PEAP", "", "", ""}), "the identity is empty"},
        {with_account({"PEAP", "", "a\nb", ""}), "the identity has a control character"},
    });
}

TEST(WifiPayload, FollowsTheGrammarOfWpa3) {
    expect_texts<Wifi>({
        {as_uri(network("a;b%20", "p:\"q\\ ;x")), "WIFI:T:WPA;S:a%3Bb%2520;P:p:\"q\\ %3Bx;;"},
        {as_uri(network("Café", "password", Security::sae)), "WIFI:T:WPA;S:Caf%C3%A9;P:password;;"},
        {as_uri(hidden(network("ABCD", "12345678"))), "WIFI:T:WPA;S:ABCD;H:true;P:12345678;;"},
        {as_uri(network("open", "", Security::open)), "WIFI:S:open;;"},
    });
    expect_refusals<Wifi>({
        {as_uri(network("old", "abcde", Security::wep)), "no WEP networks"},
        {as_uri(with_account({"PEAP", "", "ada", ""})), "no WPA2-EAP networks"},
    });
}

TEST(WifiPayload, RefusesWhatNoNetworkHas) {
    expect_refusals<Wifi>({
        {network("", "12345678"), "the SSID is empty"},
        {network(std::string(33, 'a'), "12345678"), "33 bytes, 1 too many", Code::too_large},
        {network("日本日本日本日本日本日", "12345678"), "33 bytes", Code::too_large},
        {network("a\nb", "12345678"), "the SSID has a control character"},
        {network(std::string("a\0b", 3), "12345678"), "the SSID has a control character"},
        {network("\xFF", "12345678"), "the SSID is not UTF-8"},
        {network("a", "1234567"), "7 characters, a WPA passphrase 8 to 63"},
        {network("a", ""), "0 characters"},
        {network("a", std::string(64, 'x')), "64 characters"},
        {network("a", "pässword"), "not printable ASCII"},
        {network("a", "12345678\n"), "not printable ASCII"},
        {network("a", "123456", Security::wep), "6 characters, which no WEP key has"},
        {network("a", "012345678x", Security::wep), "10 characters"},
        {network("a", "", Security::sae), "an SAE password"},
        {network("a", std::string(64, 'x'), Security::sae), "64 characters"},
        {network("a", "secret", Security::open), "an open network has no password"},
    });
    for (const std::size_t length : {5U, 13U, 16U, 29U})
        EXPECT_EQ(text_of(network("a-", std::string(length, 'x'), Security::wep)),
                  "WIFI:T:WEP;S:a-;P:" + std::string(length, 'x') + ";;");
    for (const std::size_t length : {10U, 26U, 32U, 58U})
        EXPECT_EQ(text_of(network("a-", std::string(length, 'F'), Security::wep)),
                  "WIFI:T:WEP;S:a-;P:" + std::string(length, 'F') + ";;");
}

TEST(WifiPayload, KeepsThePasswordOutOfMessages) {
    for (const Wifi& wifi :
         {network("a", "hunter2"), network("a", "hunter2 ä"), network("a", "hunter2", Security::open),
          network("a", "hunter2", Security::wep)}) {
        const core::Error error = error_of([&] { return to_payload(wifi); });
        EXPECT_EQ(error.code(), Code::invalid);
        EXPECT_EQ((error.what() + error.hint()).find("hunter2"), std::string::npos) << error.what();
    }
}

TEST(WifiPayload, IsReadBack) {
    for (const std::string& text : nasty_texts()) {
        const auto fields = read(text_of(network(text, "12345678 \\;,\":")));
        EXPECT_EQ(fields.at("S"), text);
        EXPECT_EQ(fields.at("P"), "12345678 \\;,\":");
        EXPECT_EQ(fields.at("T"), "WPA");
    }
}

}  // namespace
}  // namespace tocsin::qr::payload
