// SPDX-License-Identifier: Apache-2.0
// Access to a wireless network, in the form that the cameras of phones read.
// May be called from any thread.
#pragma once

#include <string>

#include "common/qr/payload/payload.hpp"

namespace tocsin::qr::payload {

enum class Security {
    open,
    wep,
    wpa,         ///< WPA to WPA3 with a password: phones take what the network offers
    sae,         ///< WPA3 alone; Android reads it
    enterprise,  ///< WPA2 with an account; read by apps made with ZXing, not by the cameras of phones
};

enum class Visibility { shown, hidden };

enum class WifiSyntax {
    common,  ///< the ZXing wiki's (Barcode Contents, "Wi-Fi Network config"): a backslash before `\ ; , " :`
    uri,  ///< WPA3 Specification 3.0 and later, section 7.1: percent-encoded; few phones read the escapes yet
};

/// Whether an SSID or passphrase of nothing but hexadecimal digits stands in double quotes, so that no reader
/// takes it for the bytes that it could mean. The ZXing wiki asks for it; phones take the digits as text
/// without it, and iPhones take the quotes for a part of it (QRCoder's issue 440).
enum class HexQuotes { on, off };

/// The account of an enterprise network (ZXing, WifiResultParser).
struct Account {
    std::string method;        ///< `PEAP`, `TTLS` or `PWD`
    std::string inner_method;  ///< `MSCHAPV2`, `MSCHAP`, `PAP` or `GTC`; may be empty
    std::string identity;
    std::string anonymous_identity;  ///< may be empty
};

struct Wifi {
    std::string ssid;  ///< 1 to 32 bytes
    Security security = Security::wpa;
    /// WEP: 5, 13, 16 or 29 characters, or twice as many hexadecimal digits (29: 58). WPA: 8 to 63 printable
    /// ASCII characters, or 64 hexadecimal digits (IEEE 802.11-2020, annex J.4). SAE: 1 to 63, as Android
    /// takes.
    std::string password{};
    Visibility visibility = Visibility::shown;
    Account account{};
    WifiSyntax syntax = WifiSyntax::common;
    HexQuotes hex_quotes = HexQuotes::off;
};

/// Throws `Error` (`invalid`, `too_large`); its message never has the password.
Payload to_payload(const Wifi& wifi);

}  // namespace tocsin::qr::payload
