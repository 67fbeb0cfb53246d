// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/mecard.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "common/core/error.hpp"
#include "common/qr/payload/checks.hpp"
#include "common/qr/payload/escaping.hpp"

namespace tocsin::qr::payload {
namespace {

constexpr std::size_t max_phone_digits = 24;

std::string escaped(std::string_view value) { return backslashed(value, "\\;:,"); }

void append(std::string& text, std::string_view name, std::string_view value) {
    if (!value.empty()) ((text += name) += value) += ';';
}

/// Parts divided by commas that are not escaped.
std::string pair(const std::string& first, const std::string& second) {
    return escaped(first) + (first.empty() || second.empty() ? "" : ",") + escaped(second);
}

std::string address_text(const Address& address) {
    std::string text;
    if (address.empty()) return text;
    for (const std::string* part : address.parts())
        (text += part == &address.post_office_box ? "" : ",") += escaped(*part);
    return text;
}

std::string dialled(const std::string& number) {
    require_some("the phone number", number);
    std::string digits = without(number, " ()-./");
    const auto is_key = [](char c) { return is_digit(c) || c == '*' || c == '#'; };
    const std::size_t start = digits.starts_with('+') ? 1 : 0;
    if (digits.size() == start ||
        !std::all_of(digits.begin() + static_cast<std::ptrdiff_t>(start), digits.end(), is_key))
        refuse("the phone number '" + number + "' has characters that can't be dialled",
               "use digits, * and #, and + in front of a country code");
    if (digits.size() - start > max_phone_digits)
        throw core::Error(core::Code::too_large, "the phone number '" + number + "' has more than 24 digits",
                          "shorten it");
    return digits;
}

void check(const Mecard& card) {
    for (const auto& [field, value] : std::initializer_list<std::pair<const char*, const std::string*>>{
             {"the family name", &card.family},
             {"the given name", &card.given},
             {"the family name's reading", &card.family_reading},
             {"the given name's reading", &card.given_reading},
             {"the nickname", &card.nickname},
             {"the organisation", &card.organisation},
             {"the note", &card.note}})
        require_text(field, *value);
    if (card.family.empty() && card.given.empty())
        refuse("the card has no name", "give a family or given name");
    if (card.family_reading.empty() && !card.given_reading.empty() && !card.family.empty())
        refuse("the given name has a reading, the family name none", "give the reading of both, or of none");
    for (const std::string& mail : card.mails) require_mail_address("the mail address", mail);
    for (const std::string& url : card.urls) require_url("the URL", url);
    require_address_text(card.address);
}

}  // namespace

Payload to_payload(const Mecard& card) {
    check(card);
    std::string text = "MECARD:";
    append(text, "N:", pair(card.family, card.given));
    append(text, "SOUND:", pair(card.family_reading, card.given_reading));
    for (const std::string& phone : card.phones) append(text, "TEL:", dialled(phone));
    for (const std::string& mail : card.mails) append(text, "EMAIL:", escaped(mail));
    append(text, "NOTE:", escaped(card.note));
    if (card.birthday) append(text, "BDAY:", basic_date(*card.birthday));
    append(text, "ADR:", address_text(card.address));
    for (const std::string& url : card.urls) append(text, "URL:", escaped(url));
    append(text, "NICKNAME:", escaped(card.nickname));
    append(text, "ORG:", escaped(card.organisation));
    return {text + ';'};
}

}  // namespace tocsin::qr::payload
