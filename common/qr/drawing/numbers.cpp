// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/numbers.hpp"

#include <array>
#include <charconv>
#include <string_view>

namespace tocsin::qr::drawing {

void append_number(double value, int decimals, std::string& out) {
    std::array<char, 400> text{};  // the longest double has 309 digits before its point
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals).ptr;
    std::string_view number(text.data(), static_cast<std::size_t>(end - text.data()));
    if (number.find('.') != std::string_view::npos) {
        number = number.substr(0, number.find_last_not_of('0') + 1);
        if (number.back() == '.') number.remove_suffix(1);
    }
    if (number == "-0") number = "0";
    const bool negative = number.front() == '-';
    if (negative) number.remove_prefix(1);
    if (number.starts_with("0.")) number.remove_prefix(1);
    if (negative) out += '-';
    out += number;
}

}  // namespace tocsin::qr::drawing
