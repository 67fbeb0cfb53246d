// SPDX-License-Identifier: Apache-2.0
// The colours between a light and a dark module, for writers that draw pixels.
// Every function here may be called from any thread.
#pragma once

#include <array>
#include <cstddef>

#include "common/qr/drawing/style.hpp"

namespace tocsin::qr::drawing {

/// Sixteen are enough for smooth edges, and fit into four bits of a PNG and into every terminal's registers.
inline constexpr std::size_t shade_count = 16;
inline constexpr std::size_t lightest = 0;
inline constexpr std::size_t darkest = shade_count - 1;

/// From the background to the foreground over it.
using Shades = std::array<Colour, shade_count>;

Shades shades_of(const Style& style) noexcept;

/// As they are seen on white paper: all opaque.
Shades opaque_shades_of(const Style& style) noexcept;

/// What is seen when `top` lies over `below`, which may itself let something through.
Colour blend(Colour top, Colour below) noexcept;

}  // namespace tocsin::qr::drawing
