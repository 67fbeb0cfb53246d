// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/shades.hpp"

namespace tocsin::qr::drawing {
namespace {

/// A part of each, in colours that count as much as they cover.
Colour mixture(Colour first, unsigned first_weight, Colour second, unsigned second_weight) noexcept {
    const unsigned first_part = first_weight * first.alpha;
    const unsigned second_part = second_weight * second.alpha;
    const unsigned cover = first_part + second_part;
    const unsigned all = first_weight + second_weight;
    if (cover == 0) return {first.red, first.green, first.blue, 0};
    const auto part = [&](unsigned a, unsigned b) {
        return static_cast<std::uint8_t>((a * first_part + b * second_part + cover / 2) / cover);
    };
    return {part(first.red, second.red), part(first.green, second.green), part(first.blue, second.blue),
            static_cast<std::uint8_t>((cover + all / 2) / all)};
}

}  // namespace

Colour blend(Colour top, Colour below) noexcept {
    if (below.alpha == 255) return over(top, below);
    // The part of `below` that is seen is what `top` does not cover.
    const unsigned shown = below.alpha * (255U - top.alpha);
    const unsigned cover = top.alpha * 255U + shown;
    if (cover == 0) return below;
    const auto part = [&](unsigned a, unsigned b) {
        return static_cast<std::uint8_t>((a * top.alpha * 255U + b * shown + cover / 2) / cover);
    };
    return {part(top.red, below.red), part(top.green, below.green), part(top.blue, below.blue),
            static_cast<std::uint8_t>((cover + 127) / 255)};
}

Shades shades_of(const Style& style) noexcept {
    const Colour dark = blend(style.foreground, style.background);
    Shades shades{};
    for (unsigned i = 0; i < shade_count; ++i) shades[i] = mixture(style.background, darkest - i, dark, i);
    return shades;
}

Shades opaque_shades_of(const Style& style) noexcept {
    Style on_paper;
    on_paper.background = over(style.background, white);
    on_paper.foreground = over(style.foreground, on_paper.background);
    return shades_of(on_paper);
}

}  // namespace tocsin::qr::drawing
