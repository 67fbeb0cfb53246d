// SPDX-License-Identifier: Apache-2.0
// The builders of business cards.
#include "cli/qr/forms/payload_makers.hpp"
#include "cli/qr/forms/payload_words.hpp"
#include "common/qr/payload/mecard.hpp"
#include "common/qr/payload/vcard.hpp"

namespace tocsin::cli::qr::forms {
namespace {

namespace payload = tocsin::qr::payload;

/// An address, a birthday and a note.
class Particulars {
 public:
    void declare(words::Options& options) {
        options.group("Address")
            .text("--post-office-box", "TEXT", box_, "The post office box")
            .text("--address-extension", "TEXT", extension_, "Apartment, floor or room")
            .text("--street", "TEXT", street_, "Street and number")
            .text("--city", "TEXT", city_, "The city")
            .text("--region", "TEXT", region_, "State or province")
            .text("--postal-code", "TEXT", postal_code_, "The postal code")
            .text("--country", "TEXT", country_, "The country")
            .group("More")
            .text("--birthday", "DATE", birthday_, "The birthday, as 1815-12-10");
    }

    payload::Address address() const {
        return {box_.value_or(""),    extension_.value_or(""),   street_.value_or(""), city_.value_or(""),
                region_.value_or(""), postal_code_.value_or(""), country_.value_or("")};
    }

    std::optional<payload::Date> birthday() const {
        if (!birthday_) return std::nullopt;
        return payload::parse_date("--birthday", *birthday_);
    }

 private:
    std::optional<std::string> box_, extension_, street_, city_, region_, postal_code_, country_, birthday_;
};

std::vector<payload::Entry> entries(const std::vector<std::string>& words, payload::EntryKind kind) {
    std::vector<payload::Entry> entries;
    entries.reserve(words.size());
    for (const std::string& word : words) entries.push_back(parse_entry(word, kind));
    return entries;
}

class VcardForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Person")
            .text("--given", "NAME", given_, "The given name")
            .text("--middle", "NAME", middle_, "Further given names")
            .text("--family", "NAME", family_, "The family name")
            .text("--prefix", "TEXT", prefix_, "In front of the name, as Dr.")
            .text("--suffix", "TEXT", suffix_, "Behind the name, as MSc")
            .text("--name", "TEXT", name_,
                  "The name as it is shown\n[default: its parts, or the organisation]")
            .text("--nickname", "NAME", nickname_, "The nickname")
            .text("--organisation", "NAME", organisation_, "The organisation")
            .text("--department", "NAME", department_, "A part of the organisation")
            .text("--job-title", "TEXT", job_title_, "The position in the organisation")
            .group("Contact (each may be given several times)")
            .texts("--phone", "[TYPE:]NUMBER", phones_,
                   "A number; TYPE is home, work, cell, fax, voice, pager or\nvideo, or several, as work,fax")
            .texts("--email", "[TYPE:]ADDRESS", mails_, "A mail address; TYPE is home or work")
            .texts("--url", "[TYPE:]URL", urls_, "A web page; TYPE is home or work");
        particulars_.declare(options);
        options.text("--note", "TEXT", note_, "Anything else; may have several lines")
            .text("--vcard-version", "VERSION", version_, "3.0 or 4.0 [default: 3.0]");
    }

    payload::Payload payload() const override {
        payload::Vcard card;
        card.version = words_.choice<payload::VcardVersion>(
            version_.value_or("3.0"), "--vcard-version",
            {{"3.0", payload::VcardVersion::v3}, {"4.0", payload::VcardVersion::v4}});
        card.honorific_prefix = prefix_.value_or("");
        card.given = given_.value_or("");
        card.middle = middle_.value_or("");
        card.family = family_.value_or("");
        card.honorific_suffix = suffix_.value_or("");
        card.name = name_.value_or("");
        card.nickname = nickname_.value_or("");
        card.organisation = organisation_.value_or("");
        card.department = department_.value_or("");
        card.job_title = job_title_.value_or("");
        card.phones = entries(phones_, payload::EntryKind::phone);
        card.mails = entries(mails_, payload::EntryKind::other);
        card.urls = entries(urls_, payload::EntryKind::other);
        card.address = particulars_.address();
        card.birthday = particulars_.birthday();
        card.note = note_.value_or("");
        if (!given_ && !family_ && !name_ && !organisation_)
            throw words_.misused(
                "--given, --family, --name and --organisation are missing: a card has one of them");
        return to_payload(card);
    }

 private:
    PayloadWords words_{"vcard"};
    Particulars particulars_;
    std::optional<std::string> given_, middle_, family_, prefix_, suffix_, name_, nickname_;
    std::optional<std::string> organisation_, department_, job_title_, note_, version_;
    std::vector<std::string> phones_, mails_, urls_;
};

class MecardForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Person")
            .text("--family", "NAME", family_, "The family name")
            .text("--given", "NAME", given_, "The given name")
            .text("--family-reading", "TEXT", family_reading_, "How the family name is said, in kana")
            .text("--given-reading", "TEXT", given_reading_, "How the given name is said, in kana")
            .text("--nickname", "NAME", nickname_, "The nickname")
            .text("--organisation", "NAME", organisation_, "The organisation")
            .group("Contact (each may be given several times)")
            .texts("--phone", "NUMBER", phones_, "A number, at most 24 digits")
            .texts("--email", "ADDRESS", mails_, "A mail address")
            .texts("--url", "URL", urls_, "A web page");
        particulars_.declare(options);
        options.text("--note", "TEXT", note_, "Anything else, in one line");
    }

    payload::Payload payload() const override {
        payload::Mecard card;
        card.family = family_.value_or("");
        card.given = given_.value_or("");
        card.family_reading = family_reading_.value_or("");
        card.given_reading = given_reading_.value_or("");
        card.nickname = nickname_.value_or("");
        card.organisation = organisation_.value_or("");
        card.phones = phones_;
        card.mails = mails_;
        card.urls = urls_;
        card.address = particulars_.address();
        card.birthday = particulars_.birthday();
        card.note = note_.value_or("");
        if (!family_ && !given_)
            throw words_.misused("--family and --given are missing: a card has one of them");
        return to_payload(card);
    }

 private:
    PayloadWords words_{"mecard"};
    Particulars particulars_;
    std::optional<std::string> family_, given_, family_reading_, given_reading_, nickname_, organisation_,
        note_;
    std::vector<std::string> phones_, mails_, urls_;
};

}  // namespace

std::unique_ptr<PayloadForm> vcard_form() { return std::make_unique<VcardForm>(); }
std::unique_ptr<PayloadForm> mecard_form() { return std::make_unique<MecardForm>(); }

}  // namespace tocsin::cli::qr::forms
