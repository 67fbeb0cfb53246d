// SPDX-License-Identifier: Apache-2.0
// An electronic business card.
// May be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/qr/payload/contact.hpp"
#include "common/qr/payload/date.hpp"
#include "common/qr/payload/payload.hpp"

namespace tocsin::qr::payload {

enum class VcardVersion {
    v3,  ///< RFC 2426: what phones write themselves
    v4,  ///< RFC 6350
};

/// Empty fields are left out.
struct Vcard {
    VcardVersion version = VcardVersion::v3;
    std::string honorific_prefix{};
    std::string given{};
    std::string middle{};
    std::string family{};
    std::string honorific_suffix{};
    std::string name{};  ///< as it is shown; when empty, the parts above, or the organisation
    std::string nickname{};
    std::string organisation{};
    std::string department{};
    std::string job_title{};
    std::vector<Entry> phones{};
    std::vector<Entry> mails{};
    std::vector<Entry> urls{};
    Address address{};
    std::optional<Date> birthday{};
    std::string note{};  ///< may have several lines
};

/// Lines end with CRLF and are not folded. Both RFCs only recommend folding, for transport by mail (RFC 2426,
/// section 2.6; RFC 6350, section 3.2); an unfolded line is right for every reader, and some keep the first
/// part of a folded one (issues 95 and 206 of jeroendesloovere/vcard); and each fold takes three bytes.
/// Throws `Error` (`invalid`).
Payload to_payload(const Vcard& card);

}  // namespace tocsin::qr::payload
