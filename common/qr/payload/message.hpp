// SPDX-License-Identifier: Apache-2.0
// A call, a text message or a mail that a phone prepares.
// Every function here may be called from any thread.
#pragma once

#include <string>
#include <vector>

#include "common/qr/payload/payload.hpp"

namespace tocsin::qr::payload {

/// RFC 3966.
struct Tel {
    std::string number;  ///< with + and country code, or a local one with its context
    std::string extension{};
    std::string context{};  ///< where a local number is valid: a prefix as `+43`, or a domain (section 5.1.5)
};

enum class SmsSyntax {
    smsto,  ///< `SMSTO:number:text`: with a text, the form that both Android and iPhones fill in
    uri,    ///< RFC 5724, whose `?body=` iPhones did not fill in (QRCoder's issue 296)
};

struct Sms {
    std::string number;  ///< with + and country code; `smsto` takes a short code of 3 to 8 digits too
    std::string text{};  ///< without one, a number with country code becomes a URI in both syntaxes
    SmsSyntax syntax = SmsSyntax::smsto;
};

/// RFC 6068.
struct Mail {
    std::vector<std::string> to;
    std::vector<std::string> cc{};
    std::vector<std::string> bcc{};
    std::string subject{};
    std::string body{};  ///< may have several lines
};

/// All throw `Error` (`invalid`).
Payload to_payload(const Tel& call);
Payload to_payload(const Sms& message);
Payload to_payload(const Mail& mail);

}  // namespace tocsin::qr::payload
