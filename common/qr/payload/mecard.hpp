// SPDX-License-Identifier: Apache-2.0
// A business card in the short form of NTT DOCOMO.
// May be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/qr/payload/contact.hpp"
#include "common/qr/payload/date.hpp"
#include "common/qr/payload/payload.hpp"

namespace tocsin::qr::payload {

/// Empty fields are left out.
struct Mecard {
    std::string family{};
    std::string given{};
    std::string family_reading{};  ///< how the name is said, in kana
    std::string given_reading{};
    std::string nickname{};
    std::string organisation{};         ///< not DOCOMO's, but read by most
    std::vector<std::string> phones{};  ///< at most 24 digits; marks are dropped
    std::vector<std::string> mails{};
    std::vector<std::string> urls{};
    Address address{};
    std::optional<Date> birthday{};
    std::string note{};
};

/// The fields are those of DOCOMO's "phonebook registration function", values with a backslash before each of
/// `\ ; : ,`. Throws `Error` (`invalid`, `too_large`).
Payload to_payload(const Mecard& card);

}  // namespace tocsin::qr::payload
