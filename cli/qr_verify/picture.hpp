// SPDX-License-Identifier: Apache-2.0
// A PNG file as shades of grey.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tocsin::cli::qr_verify {

/// One byte a pixel, 0 black to 255 white; rows from the top without padding.
struct Picture {
    int width = 0;   ///< pixels
    int height = 0;  ///< pixels
    std::vector<std::uint8_t> grey;
};

/// Hostile files stay within these: a pixel takes a byte.
inline constexpr std::uint32_t max_side_pixels = 40'000;
inline constexpr std::uint64_t max_pixels = 400'000'000;

/// Any kind of PNG; what is transparent shows white paper.
/// Throws `Error`: `invalid` when it is no whole PNG, `too_large` above the limits.
Picture read_png(std::string_view file);

}  // namespace tocsin::cli::qr_verify
