// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/vcard.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include "common/qr/payload/checks.hpp"
#include "common/qr/payload/escaping.hpp"

namespace tocsin::qr::payload {
namespace {

/// A number as people write it: it is shown as it is, and dialled without its marks.
void require_phone(const std::string& number) {
    require_some("the phone number", number);
    const bool is_written_so = std::ranges::all_of(number, [](char c) {
        return is_digit(c) || std::string_view("+ ()-./*#").find(c) != std::string_view::npos;
    });
    if (!is_written_so || std::ranges::none_of(number, is_digit))
        refuse("the phone number '" + number + "' has characters that can't be dialled",
               "use digits, + and the marks ()-./ and write its type in front, as work:+43 1 23456");
}

void check(const Vcard& card) {
    for (const auto& [field, value] : std::initializer_list<std::pair<const char*, const std::string*>>{
             {"the honorific prefix", &card.honorific_prefix},
             {"the given name", &card.given},
             {"the middle name", &card.middle},
             {"the family name", &card.family},
             {"the honorific suffix", &card.honorific_suffix},
             {"the name", &card.name},
             {"the nickname", &card.nickname},
             {"the organisation", &card.organisation},
             {"the department", &card.department},
             {"the job title", &card.job_title}})
        require_text(field, *value);
    for (const Entry& phone : card.phones) require_phone(phone.value);
    for (const Entry& mail : card.mails) require_mail_address("the mail address", mail.value);
    for (const Entry& url : card.urls) require_url("the URL", url.value);
    require_address_text(card.address);
    require_text("the note", card.note, Lines::many);
}

/// Every card must have one (RFC 2426, section 3.1.1; RFC 6350, section 6.2.1).
std::string shown_name(const Vcard& card) {
    if (!card.name.empty()) return card.name;
    std::string name;
    for (const std::string* part :
         {&card.honorific_prefix, &card.given, &card.middle, &card.family, &card.honorific_suffix})
        if (!part->empty()) name += (name.empty() ? "" : " ") + *part;
    if (name.empty()) name = card.organisation;
    if (name.empty()) refuse("the card has no name", "give a name, a part of one, or an organisation");
    return name;
}

void append(std::string& text, std::string_view name, std::string_view value) {
    if (!value.empty()) ((text += name) += value) += "\r\n";
}

std::string as_it_is(std::string_view value) { return std::string(value); }

/// Version 3 has no types for URLs in its grammar, but phones write and read them there.
void append_entries(std::string& text, std::string_view name, const std::vector<Entry>& entries,
                    std::string (*escaped)(std::string_view)) {
    for (const Entry& entry : entries) {
        text += name;
        for (std::size_t i = 0; i < entry.types.size(); ++i)
            (text += i == 0 ? ";TYPE=" : ",") += entry.types[i];
        append(text, ":", escaped(entry.value));
    }
}

/// Components keep their places, so that none but the last ones may be left out.
std::string structured(std::span<const std::string* const> components) {
    std::string value;
    for (std::size_t i = 0; i < components.size(); ++i)
        (value += i == 0 ? "" : ";") += content_text(*components[i]);
    return value;
}

std::string name_of(const Vcard& card) {
    const std::array components{&card.family, &card.given, &card.middle, &card.honorific_prefix,
                                &card.honorific_suffix};
    return structured(components);
}

std::string organisation_of(const Vcard& card) {
    const std::array components{&card.organisation, &card.department};
    if (!card.department.empty()) return structured(components);
    return content_text(card.organisation);
}

std::string birthday_of(const Vcard& card) {
    if (!card.birthday) return {};
    return card.version == VcardVersion::v3 ? extended_date(*card.birthday) : basic_date(*card.birthday);
}

}  // namespace

Payload to_payload(const Vcard& card) {
    check(card);
    std::string text = "BEGIN:VCARD\r\n";
    append(text, "VERSION:", card.version == VcardVersion::v3 ? "3.0" : "4.0");
    append(text, "N:", name_of(card));
    append(text, "FN:", content_text(shown_name(card)));
    append(text, "NICKNAME:", content_text(card.nickname));
    append(text, "ORG:", organisation_of(card));
    append(text, "TITLE:", content_text(card.job_title));
    append_entries(text, "TEL", card.phones, content_text);
    append_entries(text, "EMAIL", card.mails, content_text);
    append_entries(text, "URL", card.urls, as_it_is);  // no TEXT: a URI has no escapes of this kind
    if (!card.address.empty()) append(text, "ADR:", structured(card.address.parts()));
    append(text, "BDAY:", birthday_of(card));
    append(text, "NOTE:", content_text(card.note));
    return {text + "END:VCARD\r\n"};
}

}  // namespace tocsin::qr::payload
