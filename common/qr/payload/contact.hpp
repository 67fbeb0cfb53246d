// SPDX-License-Identifier: Apache-2.0
// What vCard and MeCard have in common.
// Every function here may be called from any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::qr::payload {

/// The parts of an address in the order that both formats have (RFC 6350, section 6.3.1; NTT DOCOMO's
/// MeCard).
struct Address {
    std::string post_office_box{};
    std::string extension{};  ///< apartment, floor, room
    std::string street{};
    std::string city{};
    std::string region{};
    std::string postal_code{};
    std::string country{};

    std::array<const std::string*, 7> parts() const noexcept {
        return {&post_office_box, &extension, &street, &city, &region, &postal_code, &country};
    }
    bool empty() const noexcept;
};

/// Throws `Error` (`invalid`).
void require_address_text(const Address& address);

/// A phone number, a mail address or a URL, and what it is for.
struct Entry {
    std::vector<std::string> types{};  ///< capitals, such as `WORK`, `CELL`
    std::string value;

    friend bool operator==(const Entry&, const Entry&) = default;
};

enum class EntryKind { phone, other };

/// Reads `work:+43 1 23456`, `work,fax:…` or a value alone. What is in front of the colon counts when all of
/// it is known: `home` and `work`, for phones also `cell` (or `mobile`), `fax`, `voice`, `pager` and `video`.
Entry parse_entry(std::string_view text, EntryKind kind);

}  // namespace tocsin::qr::payload
