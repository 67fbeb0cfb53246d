// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "common/qr/sheets/label_grid.hpp"

namespace tocsin::qr::sheets {
namespace {

/// On A4. The measures are those that LibreOffice has for its label documents (labels.xml), in hundredths of
/// a millimetre; both margins of a page are the same within 0.2 mm, as on the sheets.
constexpr LabelSheet metric(std::string_view name, std::string_view manufacturer, LabelGrid grid) {
    return {name, manufacturer, grid};
}

/// On US Letter. LibreOffice has the same measures, in millimetres; those of 22805 were measured on its die.
constexpr LabelSheet imperial(std::string_view name, LabelGrid inches) {
    constexpr double mm = 25.4;
    return {name, "Avery",
            LabelGrid{.columns = inches.columns,
                      .rows = inches.rows,
                      .cell_width_mm = inches.cell_width_mm * mm,
                      .cell_height_mm = inches.cell_height_mm * mm,
                      .pitch_x_mm = inches.pitch_x_mm * mm,
                      .pitch_y_mm = inches.pitch_y_mm * mm,
                      .left_mm = inches.left_mm * mm,
                      .top_mm = inches.top_mm * mm,
                      .page_width_mm = 8.5 * mm,
                      .page_height_mm = 11 * mm}};
}

// columns, rows, cell, pitch, left and upper margin
constexpr std::array sheets{
    imperial("5160", {3, 10, 2.625, 1, 2.75, 1, 0.1875, 0.5}),
    imperial("5161", {2, 10, 4, 1, 4.1875, 1, 0.15625, 0.5}),
    imperial("5162", {2, 7, 4, 4 / 3.0, 4.1875, 4 / 3.0, 0.15625, 5 / 6.0}),
    imperial("5163", {2, 5, 4, 2, 4.1875, 2, 0.15625, 0.5}),
    imperial("5164", {2, 3, 4, 10 / 3.0, 4.1875, 10 / 3.0, 0.15625, 0.5}),
    imperial("5167", {4, 20, 1.75, 0.5, 2.0625, 0.5, 0.28125, 0.5}),
    imperial("5168", {2, 2, 3.5, 5, 4, 5, 0.5, 0.5}),
    imperial("22805", {4, 6, 1.5, 1.5, 1.8125, 1.7, 0.78125, 0.5}),
    metric("L6008", "Avery", {7, 27, 25.4, 10, 27.94, 10, 8.48, 13.43}),
    metric("L6009", "Avery", {4, 12, 45.72, 21.17, 48.26, 21.17, 9.75, 21.41}),
    metric("L6011", "Avery", {3, 9, 63.5, 29.63, 66.04, 29.63, 7.21, 15.10}),
    metric("L6112", "Avery", {4, 6, 40, 40, 46, 46, 16, 13.43}),
    metric("L7159", "Avery", {3, 8, 64, 33.86, 66.54, 33.86, 6.46, 13.06}),
    metric("L7160", "Avery", {3, 7, 63.5, 38.1, 66.04, 38.1, 7.20, 15.15}),
    metric("L7161", "Avery", {3, 6, 63.5, 46.56, 66.04, 46.56, 7.21, 8.82}),
    metric("L7162", "Avery", {2, 8, 99.06, 33.87, 101.6, 33.87, 4.67, 13.02}),
    metric("L7163", "Avery", {2, 7, 99.06, 38.1, 101.6, 38.1, 4.67, 15.15}),
    metric("L7164", "Avery", {3, 4, 63.5, 71.97, 66.04, 71.97, 7.21, 4.57}),
    metric("L7165", "Avery", {2, 4, 99.06, 67.73, 101.6, 67.73, 4.67, 13.04}),
    metric("L7166", "Avery", {2, 3, 99.06, 93.13, 101.6, 93.13, 4.67, 8.81}),
    metric("L7173", "Avery", {2, 5, 99.06, 57, 101.6, 57, 4.67, 6}),
    metric("L7651", "Avery", {5, 13, 38.1, 21.17, 40.64, 21.17, 4.67, 10.90}),
    metric("L7654", "Avery", {4, 10, 45.72, 25.4, 48.26, 25.4, 9.75, 21.43}),
    metric("3490", "Avery Zweckform", {3, 8, 70, 36, 70, 36, 0, 4.43}),
    metric("4234", "Herma", {4, 6, 40, 40, 46, 46, 16, 13.5}),
    metric("4270", "Herma", {5, 13, 38.1, 21.2, 38.1, 21.2, 9.75, 10.7}),
    metric("4360", "Herma", {3, 8, 70, 36, 70, 36, 0, 4.5}),
    metric("4672", "Herma", {2, 8, 96.52, 33.87, 96.52, 33.87, 8.48, 13.03}),
    metric("4677", "Herma", {3, 7, 63.5, 38.1, 66.04, 38.1, 7.21, 15.15}),
    metric("4678", "Herma", {2, 7, 99.06, 38.1, 101.6, 38.1, 4.67, 15.15}),
    metric("8831", "Herma", {6, 11, 25.4, 25.4, 30.48, 25.4, 16.1, 8.8}),
};

}  // namespace

std::span<const LabelSheet> label_sheets() noexcept { return sheets; }

}  // namespace tocsin::qr::sheets
