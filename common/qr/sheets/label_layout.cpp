// SPDX-License-Identifier: Apache-2.0
#include "common/qr/sheets/label_layout.hpp"

#include <algorithm>

namespace tocsin::qr::sheets {
namespace {

constexpr double gap = 0.5;                 // from the code's quiet zone to its caption
constexpr double narrowest_text = 12;       // beside a code
constexpr double text_width_share = 0.25;   // of the label's width, beside a code
constexpr double text_height_share = 0.12;  // of the label's height, for a line below a code
constexpr double lowest_text = 2.2;         // a line of the smallest letters
constexpr double highest_text = 4.2;        // and of the largest

}  // namespace

LabelLayout layout_label(double width, double height, double padding) noexcept {
    const double side = std::max(0.0, std::min(width, height) - 2 * padding);
    return {.code = {(width - side) / 2, (height - side) / 2, side, side}, .caption = {}};
}

LabelLayout layout_captioned_label(double width, double height, double padding) noexcept {
    const double inner_width = width - 2 * padding;
    const double inner_height = height - 2 * padding;
    const double line = std::clamp(inner_height * text_height_share, lowest_text, highest_text);
    const double column = std::max(narrowest_text, inner_width * text_width_share);
    const double beside = std::max(0.0, std::min(inner_height, inner_width - gap - column));
    const double above = std::max(0.0, std::min(inner_width, inner_height - gap - line));
    if (beside >= above) {
        const double x = padding + beside + gap;
        return {.code = {padding, (height - beside) / 2, beside, beside},
                .caption = {x, padding, width - padding - x, inner_height},
                .place = LabelLayout::Caption::beside};
    }
    const double y = padding + above + gap;
    return {.code = {(width - above) / 2, padding, above, above},
            .caption = {padding, y, inner_width, height - padding - y},
            .place = LabelLayout::Caption::below};
}

LabelLayout fitted(LabelLayout layout, double caption_height) noexcept {
    layout.caption.y += (layout.caption.height - caption_height) / 2;
    layout.caption.height = caption_height;
    return layout;
}

}  // namespace tocsin::qr::sheets
