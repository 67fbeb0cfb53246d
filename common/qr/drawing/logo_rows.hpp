// SPDX-License-Identifier: Apache-2.0
// A logo in the size in which it is drawn, one row at a time.
// Thread rule: each object belongs to one thread; the picture must live as long.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"

namespace tocsin::qr::drawing {

/// A rectangle of pixels.
struct Frame {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

/// Where the logo lies: in the middle of its field less half a module on each side, in its own proportions.
/// Empty when there is no logo, or no pixel for it.
Frame logo_frame(const Picture& picture, const Grid& grid) noexcept;

class LogoRows {
 public:
    /// The picture must have a logo.
    LogoRows(const Picture& picture, const Grid& grid);

    /// Draws the part that lies in row y over the pixels of that row (4 bytes each), on this background.
    void draw_over(int y, Colour background, std::span<std::uint8_t> row);

 private:
    void add_rows(double from, double to);
    void add_row(int row, double weight);

    const Image& image_;
    Frame frame_;
    std::vector<double> column_sums_;  ///< of the image's rows that make one row: colours times alpha, alpha
};

}  // namespace tocsin::qr::drawing
