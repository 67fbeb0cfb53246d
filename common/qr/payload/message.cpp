// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/message.hpp"

#include <string_view>

#include "common/qr/payload/checks.hpp"
#include "common/qr/payload/escaping.hpp"
#include "common/qr/payload/phone_number.hpp"

namespace tocsin::qr::payload {
namespace {

std::string context_of(const std::string& context) {
    if (context.starts_with('+')) {
        std::string prefix = without_marks(context);
        if (is_number(std::string_view(prefix).substr(1)) && prefix.size() <= 16) return prefix;
    } else if (context.find_first_not_of(
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos) {
        return context;
    }
    refuse("the context '" + context + "' is neither a prefix nor a domain",
           "write it as +43 or example.org");
}

std::string subscriber(const Tel& call) {
    const bool is_global = without_marks(call.number).starts_with('+');
    if (is_global || call.number.empty()) return global_number(call.number);
    const std::string number = local_number(call.number);
    if (call.context.empty())
        refuse("the phone number '" + call.number + "' is a local one, which says nothing elsewhere",
               "begin it with + and the country code, or say where it is valid");
    return percent_encoded(number, "*");  // a # would start a fragment
}

std::string joined_addresses(const std::string& field, const std::vector<std::string>& addresses) {
    std::string list;
    for (const std::string& address : addresses) {
        require_mail_address(field, address);
        (list += list.empty() ? "" : ",") += percent_encoded(address, "@");
    }
    return list;
}

/// What services are reached under: 3 to 8 digits that no trunk prefix stands in front of.
bool is_short_code(const std::string& number) {
    const std::string digits = without_marks(number);
    return is_number(digits) && digits.size() >= 3 && digits.size() <= 8 && digits.front() != '0';
}

/// The fields of a query.
class Query {
 public:
    explicit Query(std::string& text) : text_(text) {}

    void append(std::string_view name, std::string_view encoded) {
        if (encoded.empty()) return;
        ((text_ += is_first_ ? '?' : '&') += name) += encoded;
        is_first_ = false;
    }

 private:
    std::string& text_;
    bool is_first_ = true;
};

}  // namespace

Payload to_payload(const Tel& call) {
    std::string text = "tel:" + subscriber(call);
    if (!call.extension.empty()) {
        const std::string digits = without_marks(call.extension);
        if (!is_number(digits))
            refuse("the extension '" + call.extension + "' is not a number", "give its digits");
        text += ";ext=" + digits;
    }
    if (!call.context.empty()) {
        if (without_marks(call.number).starts_with('+'))
            refuse("a number with a country code is valid everywhere", "leave out the context");
        text += ";phone-context=" + context_of(call.context);
    }
    return {text};
}

Payload to_payload(const Sms& message) {
    require_text("the text", message.text, Lines::many);
    if (is_short_code(message.number)) {
        if (message.syntax == SmsSyntax::uri)
            refuse("the short code '" + message.number + "' has no country code, which a URI needs",
                   "use the form SMSTO");
        return {"SMSTO:" + without_marks(message.number) + (message.text.empty() ? "" : ':' + message.text)};
    }
    const std::string number = global_number(message.number);
    if (message.syntax == SmsSyntax::smsto && !message.text.empty())
        return {"SMSTO:" + number + ':' + message.text};
    std::string text = "sms:" + number;
    Query(text).append("body=", percent_encoded(message.text));
    return {text};
}

Payload to_payload(const Mail& mail) {
    if (mail.to.empty()) refuse("the mail has no recipient", "give an address");
    require_text("the subject", mail.subject);
    require_text("the body", mail.body, Lines::many);
    std::string text = "mailto:" + joined_addresses("the recipient", mail.to);
    Query query(text);
    query.append("cc=", joined_addresses("the recipient of a copy", mail.cc));
    query.append("bcc=", joined_addresses("the recipient of a blind copy", mail.bcc));
    query.append("subject=", percent_encoded(mail.subject));
    query.append("body=", percent_encoded(with_line_ends(mail.body, "\r\n")));  // section 5
    return {text};
}

}  // namespace tocsin::qr::payload
