// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/banking.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "common/qr/payload/checks.hpp"

namespace tocsin::qr::payload {
namespace {

/// Country and length without a gap between entries: `AD24`.
constexpr std::string_view iban_lengths =
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18"
    "FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27"
    "MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27"
    "SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";
static_assert(iban_lengths.size() % 4 == 0);

std::optional<std::size_t> iban_length(std::string_view country) noexcept {
    for (std::size_t i = 0; i < iban_lengths.size(); i += 4)
        if (iban_lengths.substr(i, 2) == country)
            return static_cast<std::size_t>((iban_lengths[i + 2] - '0') * 10 + (iban_lengths[i + 3] - '0'));
    return std::nullopt;
}

bool is_capital(char c) noexcept { return c >= 'A' && c <= 'Z'; }

bool is_alphanumeric(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return is_capital(c) || is_digit(c); });
}

bool is_letters(std::string_view text) noexcept { return std::ranges::all_of(text, is_capital); }

/// The first four characters go to the end and letters count 10 to 35; then the rest by 97 is 1.
bool has_right_check_digits(std::string_view number) {
    const std::string moved = std::string(number.substr(4)) + std::string(number.substr(0, 4));
    unsigned rest = 0;
    for (const char c : moved)
        rest = is_digit(c) ? (rest * 10 + static_cast<unsigned>(c - '0')) % 97
                           : (rest * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
    return rest == 1;
}

std::string compact(const std::string& written) { return capitals(without(written, " ")); }

constexpr const char* look_again = "compare it with the original";

}  // namespace

std::string checked_iban(const std::string& written) {
    std::string iban = compact(written);
    if (iban.empty()) refuse("the IBAN is empty", "give one");
    const std::string what = "the IBAN '" + written + "' ";
    if (iban.size() < 5 || !is_letters(iban.substr(0, 2)) || !is_number(iban.substr(2, 2)) ||
        !is_alphanumeric(iban))
        refuse(what + "is not a country, two check digits and an account",
               "write it as DE89 3704 0044 0532 0130 00");
    const auto length = iban_length(iban.substr(0, 2));
    if (!length) refuse(what + "begins with " + iban.substr(0, 2) + ", which has no IBANs", look_again);
    if (iban.size() != *length)
        refuse(what + "has " + std::to_string(iban.size()) + " characters; " + iban.substr(0, 2) + " has " +
                   std::to_string(*length),
               look_again);
    if (!has_right_check_digits(iban)) refuse(what + "does not fit its check digits", look_again);
    return iban;
}

std::string checked_bic(const std::string& written) {
    std::string bic = compact(written);
    const std::string_view parts(bic);
    if ((bic.size() != 8 && bic.size() != 11) || !is_alphanumeric(bic) || !is_letters(parts.substr(0, 6)))
        refuse("the BIC '" + written + "' is not 6 letters and 2 or 5 letters or digits",
               "write it as COBADEFF or COBADEFFXXX");
    return bic;
}

std::string checked_creditor_reference(const std::string& written) {
    std::string reference = compact(written);
    const std::string what = "the reference '" + written + "' ";
    if (reference.size() < 5 || reference.size() > 25 || !reference.starts_with("RF") ||
        !is_number(reference.substr(2, 2)) || !is_alphanumeric(reference))
        refuse(what + "is not RF, two check digits and 1 to 21 letters or digits",
               "write it as RF18 5390 0754 7034, or give another kind of reference as the text");
    if (!has_right_check_digits(reference)) refuse(what + "does not fit its check digits", look_again);
    return reference;
}

std::string checked_amount(const std::string& written) {
    const std::size_t dot = std::min(written.find('.'), written.size());
    std::string euros = written.substr(0, dot);
    std::string cents = dot < written.size() ? written.substr(dot + 1) : "00";
    if (!is_number(euros) || !is_number(cents) || cents.size() > 2)
        refuse("the amount '" + written + "' is not euros with at most two decimals",
               "write it as 3000.50: a point, no sign, no marks for thousands");
    euros.erase(0, std::min(euros.find_first_not_of('0'), euros.size() - 1));
    cents.resize(2, '0');
    if (euros.size() > 9 || (euros == "0" && cents == "00"))
        refuse("the amount " + written + " is not from 0.01 to 999999999.99",
               "give an amount that a bank takes");
    return euros + '.' + cents;
}

}  // namespace tocsin::qr::payload
