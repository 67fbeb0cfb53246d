// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/phone_number.hpp"

#include <algorithm>
#include <string_view>

#include "common/qr/payload/checks.hpp"

namespace tocsin::qr::payload {

std::string without_marks(const std::string& number) { return without(number, "-.()/ "); }

std::string global_number(const std::string& number) {
    std::string compact = without_marks(number);
    if (compact.empty()) refuse("the phone number is empty", "give one, as +43 1 234567");
    const std::string_view digits = std::string_view(compact).substr(1);
    if (compact.front() != '+' || !is_number(digits))
        refuse("the phone number '" + number + "' is not + and digits",
               "begin it with + and the country code, as +43 1 234567");
    if (digits.front() == '0')
        refuse("the phone number '" + number + "' has no country code: none begins with 0",
               "put the country code behind the +");
    if (digits.size() < 4 || digits.size() > 15)
        refuse("the phone number '" + number + "' has " + std::to_string(digits.size()) +
                   (digits.size() == 1 ? " digit, not 4 to 15" : " digits, not 4 to 15"),
               "check it: it needs its country code, and no international number is longer");
    return compact;
}

std::string local_number(const std::string& number) {
    std::string compact = without_marks(number);
    const auto is_key = [](char c) { return is_digit(c) || c == '*' || c == '#'; };
    if (compact.empty() || !std::ranges::all_of(compact, is_key))
        refuse("the phone number '" + number + "' has other characters than digits, * and #",
               "write it as it is dialled");
    return compact;
}

}  // namespace tocsin::qr::payload
