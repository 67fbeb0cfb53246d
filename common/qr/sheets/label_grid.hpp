// SPDX-License-Identifier: Apache-2.0
// Where the labels lie on a sheet: known sheets by name, and grids in words. All lengths in millimetres.
// Every function here may be called from any thread.
#pragma once

#include <span>
#include <string_view>

namespace tocsin::qr::sheets {

/// From one label's left (upper) edge to the next one's is the pitch.
struct LabelGrid {
    int columns = 0;
    int rows = 0;
    double cell_width_mm = 0;
    double cell_height_mm = 0;
    double pitch_x_mm = 0;
    double pitch_y_mm = 0;
    double left_mm = 0;  ///< from the page's edge to the first label's
    double top_mm = 0;
    double page_width_mm = 210;
    double page_height_mm = 297;

    int labels() const noexcept { return columns * rows; }
    friend bool operator==(const LabelGrid&, const LabelGrid&) = default;
};

/// A sheet that is sold.
struct LabelSheet {
    std::string_view name;  ///< as the manufacturer numbers it: `L7160`
    std::string_view manufacturer;
    LabelGrid grid;
};

/// In the order of the manufacturers' numbers.
std::span<const LabelSheet> label_sheets() noexcept;

/// The grid of a sheet: `L7160`, in either case, also with its manufacturer in front or the number of sheets
/// in the box behind (`avery-l7160-100`). Throws `Error` (`invalid`) with the names that there are.
LabelGrid label_grid_named(std::string_view name);

/// A grid as options spell it; what is empty has a default. Lengths are millimetres, or end in `mm`, `cm` or
/// `in`; two have an `x` between them.
struct GridWords {
    std::string_view grid{};    ///< `COLUMNSxROWS`
    std::string_view cell{};    ///< `WIDTHxHEIGHT`
    std::string_view margin{};  ///< `LEFTxTOP`, or one length for both; the middle of the page
    std::string_view gap{};     ///< `ACROSSxDOWN` between labels, or one length for both; none
    std::string_view page{};    ///< `a4`, `a5`, `letter` or `WIDTHxHEIGHT`; a4
};

/// Throws `Error` (`invalid`) when a word can't be read, or as `check`.
LabelGrid parse_label_grid(const GridWords& words);

/// Throws `Error` (`invalid`) when the labels overlap or don't fit on their page; says by how much.
void check(const LabelGrid& grid);

}  // namespace tocsin::qr::sheets
