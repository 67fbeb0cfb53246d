// SPDX-License-Identifier: Apache-2.0
// A picture as rows of pixels, made one at a time: a large picture needs no more memory than a small one.
// Thread rule: each object belongs to one thread; the picture must live as long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/qr/drawing/logo_rows.hpp"
#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"
#include "common/qr/drawing/shades.hpp"

namespace tocsin::qr::drawing {

/// Square modules of two colours.
class BitRows {
 public:
    /// The value of the bits that lie in dark modules.
    enum class Dark : std::uint8_t { zero, one };

    BitRows(const Picture& picture, Grid grid, Dark dark);

    /// A bit for each pixel of row y, the first one in the highest bit of the first byte; bits that fill the
    /// last byte are those of light modules. Valid until the next call.
    std::span<const std::uint8_t> row(int y);

 private:
    const Picture& picture_;
    Grid grid_;
    std::uint8_t light_byte_;
    std::vector<std::uint8_t> bits_;
    std::optional<int> module_row_{};
};

/// Modules of any shape, without the logo: the number of a shade for each pixel.
class ShadeRows {
 public:
    ShadeRows(const Picture& picture, Grid grid);

    /// Valid until the next call.
    std::span<const std::uint8_t> row(int y);

 private:
    void draw_squares(int module_row);
    void draw_round(int module_row, int line);
    void draw_dots(int module_row, int line);
    std::span<std::uint8_t> pixels_of(int column) noexcept;
    std::span<const std::uint8_t> disc_line(int line) const noexcept;

    const Picture& picture_;
    Grid grid_;
    std::vector<std::uint8_t> disc_;  ///< the shades of a module that is a disc, in rows
    std::vector<std::uint8_t> shades_;
    std::optional<int> module_row_{};  ///< what `shades_` holds, when its lines are all the same
};

/// The whole picture: 4 bytes a pixel (red, green, blue, alpha).
class ColourRows {
 public:
    ColourRows(const Picture& picture, Grid grid, const Shades& shades);

    /// Valid until the next call.
    std::span<const std::uint8_t> row(int y);

 private:
    ShadeRows modules_;
    Shades shades_;
    std::optional<LogoRows> logo_;
    std::vector<std::uint8_t> pixels_;
};

}  // namespace tocsin::qr::drawing
