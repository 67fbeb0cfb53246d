// SPDX-License-Identifier: Apache-2.0
// Where a code and its caption lie within a label. Lengths in millimetres from the label's upper left corner,
// rightwards and downwards.
// Every function here may be called from any thread.
#pragma once

#include "common/qr/drawing/logo.hpp"

namespace tocsin::qr::sheets {

struct LabelLayout {
    drawing::Box code;     ///< a square, its quiet zone included
    drawing::Box caption;  ///< the room for it; empty without one
    enum class Caption { none, beside, below } place = Caption::none;
};

/// The code becomes as large as the label allows inside of its padding: with the caption at its right, or
/// below it where that leaves more room for the code.
LabelLayout layout_label(double width, double height, double padding) noexcept;
LabelLayout layout_captioned_label(double width, double height, double padding) noexcept;

/// With only as much room for the caption as it takes, in the middle of what there was. The code stays: all
/// codes on a sheet lie in the same place of their labels.
LabelLayout fitted(LabelLayout layout, double caption_height) noexcept;

}  // namespace tocsin::qr::sheets
