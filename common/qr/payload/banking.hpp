// SPDX-License-Identifier: Apache-2.0
// Account numbers and references with check digits. All throw `Error` (`invalid`).
// Every function here may be called from any thread.
#pragma once

#include <string>

namespace tocsin::qr::payload {

/// An IBAN without spaces, in capitals: the country's length (SWIFT's IBAN registry) and check digits are
/// right (ISO 13616-1, ISO/IEC 7064 MOD 97-10).
std::string checked_iban(const std::string& written);

/// A BIC in capitals: 8 or 11 characters (ISO 9362).
std::string checked_bic(const std::string& written);

/// A creditor reference without spaces, in capitals: `RF`, check digits and up to 21 characters (ISO 11649).
std::string checked_creditor_reference(const std::string& written);

/// `3000`, `3000.5` or `3000.50` with two decimals, 0.01 to 999999999.99.
std::string checked_amount(const std::string& written);

}  // namespace tocsin::qr::payload
