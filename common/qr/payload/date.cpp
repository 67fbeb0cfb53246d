// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/date.hpp"

#include <algorithm>

#include "common/core/text.hpp"
#include "common/qr/payload/checks.hpp"

namespace tocsin::qr::payload {
namespace {

unsigned digits(std::string_view text) { return core::parse_number<unsigned>(text).value_or(0); }

std::string padded(unsigned number, std::size_t width) {
    std::string text = std::to_string(number);
    return text.insert(0, width - std::min(width, text.size()), '0');
}

std::string joined(Date date, const char* separator) {
    return padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) + separator +
           padded(static_cast<unsigned>(date.month()), 2) + separator +
           padded(static_cast<unsigned>(date.day()), 2);
}

}  // namespace

Date parse_date(const std::string& field, std::string_view text) {
    std::string compact(text);
    if (compact.size() == 10 && compact[4] == '-' && compact[7] == '-') compact.erase(7, 1).erase(4, 1);
    if (compact.size() != 8 || !is_number(compact))
        refuse(field + " '" + std::string(text) + "' is no date", "write it as 2026-12-24");
    const std::string_view parts(compact);
    const Date date(std::chrono::year(static_cast<int>(digits(parts.substr(0, 4)))),
                    std::chrono::month(digits(parts.substr(4, 2))),
                    std::chrono::day(digits(parts.substr(6))));
    if (!date.ok() || date.year() < std::chrono::year(1))
        refuse(field + " '" + std::string(text) + "' is not in the calendar", "check year, month and day");
    return date;
}

std::string basic_date(Date date) { return joined(date, ""); }

std::string extended_date(Date date) { return joined(date, "-"); }

}  // namespace tocsin::qr::payload
