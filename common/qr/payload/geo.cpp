// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/geo.hpp"

#include <algorithm>
#include <compare>
#include <string_view>

#include "common/qr/payload/checks.hpp"
#include "common/qr/payload/escaping.hpp"

namespace tocsin::qr::payload {
namespace {

enum class Sign { any, positive };

/// `coord-a` and `pnum` of section 3.3: digits, and more behind a dot.
bool is_decimal(std::string_view text, Sign sign) noexcept {
    if (sign == Sign::any && text.starts_with('-')) text.remove_prefix(1);
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return is_number(text);
    return is_number(text.substr(0, dot)) && is_number(text.substr(dot + 1));
}

void require_decimal(const std::string& field, const std::string& text, Sign sign) {
    if (is_decimal(text, sign)) return;
    const std::string what = text.empty() ? " is empty" : " '" + text + "' is no decimal number";
    refuse(field + what, sign == Sign::any ? "write it as -12.345" : "write it as 12.3, without a sign");
}

/// How the size of a decimal compares with a whole number of at most three digits; exact, however long it is.
std::strong_ordering compare(std::string_view decimal, int limit) {
    if (decimal.starts_with('-')) decimal.remove_prefix(1);
    const std::size_t dot = std::min(decimal.find('.'), decimal.size());
    const std::size_t first = std::min(decimal.find_first_not_of('0'), dot);
    if (dot - first > 3) return std::strong_ordering::greater;
    int whole = 0;
    for (const char c : decimal.substr(first, dot - first)) whole = whole * 10 + (c - '0');
    if (whole != limit) return whole <=> limit;
    const bool is_whole = decimal.find_first_not_of('0', dot + 1) == std::string_view::npos;
    return is_whole ? std::strong_ordering::equal : std::strong_ordering::greater;
}

void require_degrees(const std::string& field, const std::string& text, int limit) {
    require_decimal(field, text, Sign::any);
    if (std::is_gt(compare(text, limit)))
        refuse(field + " " + text + " is beyond " + std::to_string(limit) + " degrees",
               "give degrees from -" + std::to_string(limit) + " to " + std::to_string(limit));
}

}  // namespace

Payload to_payload(const Geo& place) {
    require_degrees("the latitude", place.latitude, 90);
    require_degrees("the longitude", place.longitude, 180);
    // section 3.4.2: at the poles it is to be 0
    const std::string longitude = std::is_eq(compare(place.latitude, 90)) ? "0" : place.longitude;
    const std::string coordinates = place.latitude + ',' + longitude;
    std::string text = "geo:" + coordinates;
    if (!place.altitude.empty()) {
        require_decimal("the altitude", place.altitude, Sign::any);
        text += ',' + place.altitude;
    }
    if (!place.uncertainty.empty()) {
        require_decimal("the uncertainty", place.uncertainty, Sign::positive);
        text += ";u=" + place.uncertainty;
    }
    require_text("the label", place.label);
    if (!place.label.empty()) text += "?q=" + coordinates + '(' + percent_encoded(place.label) + ')';
    return {text};
}

}  // namespace tocsin::qr::payload
