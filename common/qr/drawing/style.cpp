// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/style.hpp"

#include <array>
#include <charconv>

#include "common/core/error.hpp"

namespace tocsin::qr::drawing {
namespace {

std::uint8_t mixed(std::uint8_t top, std::uint8_t below, std::uint8_t alpha) noexcept {
    const unsigned sum = unsigned{top} * alpha + unsigned{below} * (255U - alpha);
    return static_cast<std::uint8_t>((sum + 127) / 255);
}

}  // namespace

Colour parse_colour(std::string_view text) {
    const std::string_view digits = text.starts_with('#') ? text.substr(1) : text;
    std::array<std::uint8_t, 4> parts{0, 0, 0, 255};
    bool good = digits.size() == 6 || digits.size() == 8;
    for (std::size_t i = 0; good && i * 2 < digits.size(); ++i) {
        const char* const start = digits.data() + i * 2;
        const auto [end, error] = std::from_chars(start, start + 2, parts[i], 16);
        good = error == std::errc() && end == start + 2;
    }
    if (!good)
        throw core::Error(core::Code::invalid, "'" + std::string(text) + "' is no colour",
                          "use RRGGBB or RRGGBBAA in hexadecimal, as 1a1a2e");
    return {parts[0], parts[1], parts[2], parts[3]};
}

Colour over(Colour top, Colour below) noexcept {
    return {mixed(top.red, below.red, top.alpha), mixed(top.green, below.green, top.alpha),
            mixed(top.blue, below.blue, top.alpha), 255};
}

}  // namespace tocsin::qr::drawing
