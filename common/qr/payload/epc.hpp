// SPDX-License-Identifier: Apache-2.0
// A SEPA credit transfer that a banking app fills in: EPC QR code, "Girocode" (EPC069-12).
// May be called from any thread.
#pragma once

#include <string>

#include "common/qr/payload/payload.hpp"

namespace tocsin::qr::payload {

enum class EpcVersion {
    v1,  ///< 001, with a BIC
    v2,  ///< 002, in which the BIC may be left out
};

/// Empty fields are left out. Lengths are in characters.
struct Epc {
    EpcVersion version = EpcVersion::v2;
    std::string name;           ///< the beneficiary's, at most 70
    std::string iban;           ///< see `checked_iban`
    std::string bic{};          ///< see `checked_bic`
    std::string amount{};       ///< in euros, see `checked_amount`; without it the payer fills it in
    std::string purpose{};      ///< at most 4 letters or digits, such as `CHAR` (ISO 20022, purpose codes)
    std::string reference{};    ///< see `checked_creditor_reference`
    std::string text{};         ///< at most 140; instead of a reference
    std::string information{};  ///< for the payer, at most 70
};

/// UTF-8 (character set 1), lines end with LF, without those at the end that would be empty. The symbol is to
/// have level M and at most version 13, so the text has at most 331 bytes (EPC069-12, section 2).
/// Throws `Error` (`invalid`, `too_large`).
Payload to_payload(const Epc& transfer);

}  // namespace tocsin::qr::payload
