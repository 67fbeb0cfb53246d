// SPDX-License-Identifier: Apache-2.0
// What a picture of a symbol looks like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::qr::drawing {

/// sRGB, and how much it covers what lies below: 255 all of it.
struct Colour {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
    std::uint8_t alpha = 255;

    friend bool operator==(const Colour&, const Colour&) = default;
};

inline constexpr Colour black{0, 0, 0, 255};
inline constexpr Colour white{255, 255, 255, 255};

/// `RRGGBB` or `RRGGBBAA`, hexadecimal, with or without `#`. Throws `Error` (`invalid`).
Colour parse_colour(std::string_view text);

/// The colour that is seen when `top` lies over an opaque `below`.
Colour over(Colour top, Colour below) noexcept;

/// How data modules are drawn. Finder and alignment patterns keep straight or round outlines: readers search
/// them.
enum class Shape {
    square,
    round,  ///< corners that touch nothing are rounded
    dots,   ///< a disc for each module; finder, timing and alignment patterns stay square
};

/// An image in memory: 4 bytes a pixel (red, green, blue, alpha), rows from the top.
struct Image {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgba;
};

/// A picture that covers the middle of the symbol.
struct Logo {
    Image image;
    double area_percent = 10;   ///< of the symbol without its quiet zone
    double free_modules = 0.5;  ///< on each side of it, within that area
};

struct Style {
    std::optional<int> quiet_zone{};  ///< modules on each side; what the standard asks for when not set
    Colour foreground = black;
    Colour background = white;
    Shape shape = Shape::square;
    std::optional<Logo> logo{};
};

}  // namespace tocsin::qr::drawing
