// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/wifi.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "common/core/error.hpp"
#include "common/qr/payload/checks.hpp"
#include "common/qr/payload/escaping.hpp"

namespace tocsin::qr::payload {
namespace {

constexpr std::size_t max_ssid_bytes = 32;  // IEEE 802.11-2020, section 9.4.2.2
constexpr std::size_t raw_key_digits = 64;  // a pre-shared key of 256 bits
constexpr std::string_view special = "\\;,\":";

bool is_hexadecimal(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_hexadecimal_digit);
}

bool is_printable_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_one_of(std::size_t length, std::initializer_list<std::size_t> lengths) noexcept {
    return std::ranges::find(lengths, length) != lengths.end();
}

std::string count_of(std::string_view password) {
    return "the password has " + std::to_string(password.size()) +
           (password.size() == 1 ? " character" : " characters");
}

void check_ssid(const std::string& ssid) {
    require_some("the SSID", ssid);
    if (ssid.size() > max_ssid_bytes)
        throw core::Error(core::Code::too_large,
                          "the SSID has " + std::to_string(ssid.size()) + " bytes, " +
                              std::to_string(ssid.size() - max_ssid_bytes) + " too many",
                          "give the network's own name: it has at most 32 bytes");
}

void check_wep(const std::string& password) {
    const bool is_key = is_hexadecimal(password) && is_one_of(password.size(), {10, 26, 32, 58});
    if (!is_key && !is_one_of(password.size(), {5, 13, 16, 29}))
        refuse(count_of(password) + ", which no WEP key has",
               "give 5, 13, 16 or 29 characters, or 10, 26, 32 or 58 hexadecimal digits");
}

void check_wpa(const std::string& password) {
    if (password.size() == raw_key_digits && is_hexadecimal(password)) return;
    if (password.size() < 8 || password.size() > 63)
        refuse(count_of(password) + ", a WPA passphrase 8 to 63",
               "give the passphrase, or the key as 64 hexadecimal digits");
}

void check_sae(const std::string& password) {
    if (password.empty() || password.size() > 63)
        refuse(count_of(password) + ", an SAE password for phones 1 to 63", "give the network's password");
}

bool is_known(std::string_view word, std::initializer_list<std::string_view> words) noexcept {
    return std::ranges::find(words, word) != words.end();
}

void check_account(const Wifi& wifi) {
    if (!is_known(wifi.account.method, {"PEAP", "TTLS", "PWD"}))
        refuse("the EAP method '" + wifi.account.method + "' is none of PEAP, TTLS and PWD",
               "name the one that the network uses");
    if (!is_known(wifi.account.inner_method, {"", "MSCHAPV2", "MSCHAP", "PAP", "GTC"}))
        refuse(
            "the inner method '" + wifi.account.inner_method + "' is none of MSCHAPV2, MSCHAP, PAP and GTC",
            "name the one that the network uses, or none");
    require_some("the identity", wifi.account.identity);
    require_text("the anonymous identity", wifi.account.anonymous_identity);
    require_some("the password", wifi.password);
}

void check_password(const Wifi& wifi) {
    if (wifi.security == Security::open) {
        if (!wifi.password.empty())
            refuse("an open network has no password", "leave it out, or name the network's security");
        return;
    }
    if (wifi.security == Security::enterprise) return check_account(wifi);
    if (!is_printable_ascii(wifi.password))
        refuse("the password has a character that is not printable ASCII",
               "give the password that the network has: phones take no other");
    if (wifi.security == Security::wep) check_wep(wifi.password);
    if (wifi.security == Security::wpa) check_wpa(wifi.password);
    if (wifi.security == Security::sae) check_sae(wifi.password);
}

std::string_view type_of(Security security) noexcept {
    switch (security) {
        case Security::open: return "nopass";
        case Security::wep: return "WEP";
        case Security::wpa: return "WPA";
        case Security::sae: return "SAE";
        case Security::enterprise: break;
    }
    return "WPA2-EAP";
}

/// Digits that are meant as bytes are not to be quoted.
bool is_raw_key(const Wifi& wifi) noexcept {
    const std::size_t length = wifi.password.size();
    if (wifi.security == Security::wep) return is_one_of(length, {10, 26, 32, 58});
    return wifi.security == Security::enterprise || length == raw_key_digits;
}

std::string quoted(const std::string& text, HexQuotes quotes) {
    if (quotes == HexQuotes::on && is_hexadecimal(text)) return '"' + text + '"';
    return backslashed(text, special);
}

void append(std::string& text, std::string_view name, std::string_view value) {
    if (!value.empty()) ((text += name) += value) += ';';
}

std::string common_text(const Wifi& wifi) {
    std::string text = "WIFI:";
    append(text, "T:", type_of(wifi.security));
    append(text, "S:", quoted(wifi.ssid, wifi.hex_quotes));
    if (wifi.security == Security::enterprise) {
        append(text, "E:", wifi.account.method);
        append(text, "PH2:", wifi.account.inner_method);
        append(text, "A:", backslashed(wifi.account.anonymous_identity, special));
        append(text, "I:", backslashed(wifi.account.identity, special));
    }
    append(text, "P:", quoted(wifi.password, is_raw_key(wifi) ? HexQuotes::off : wifi.hex_quotes));
    append(text, "H:", wifi.visibility == Visibility::hidden ? "true" : "");
    return text + ';';
}

/// `printable` and `pct-encoded` of the specification's grammar. It lets a literal % stand, which no reader
/// could tell from an escape.
std::string escaped_for_uri(std::string_view value) {
    std::string kept;
    for (char c = ' '; c <= '~'; ++c)
        if (c != ';' && c != '%') kept += c;
    return percent_encoded(value, kept);
}

std::string uri_text(const Wifi& wifi) {
    if (wifi.security == Security::wep || wifi.security == Security::enterprise)
        refuse("the WPA3 specification's form has no " + std::string(type_of(wifi.security)) + " networks",
               "use the common form");
    std::string text = "WIFI:";
    append(text, "T:", wifi.security == Security::open ? "" : "WPA");
    append(text, "S:", escaped_for_uri(wifi.ssid));
    append(text, "H:", wifi.visibility == Visibility::hidden ? "true" : "");
    append(text, "P:", escaped_for_uri(wifi.password));
    return text + ';';
}

}  // namespace

Payload to_payload(const Wifi& wifi) {
    check_ssid(wifi.ssid);
    check_password(wifi);
    return {wifi.syntax == WifiSyntax::uri ? uri_text(wifi) : common_text(wifi)};
}

}  // namespace tocsin::qr::payload
