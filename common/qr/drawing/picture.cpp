// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/picture.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tocsin::qr::drawing {
namespace {

/// The largest odd number up to this one, at least 1: a symbol has an odd side, so the field lies in its
/// middle.
int odd(double size) noexcept {
    const int whole = std::max(1, static_cast<int>(std::floor(size)));
    return whole % 2 == 1 ? whole : whole - 1;
}

Field field_of(const Logo& logo, int size, int quiet_zone) noexcept {
    const double modules = size * size * logo.area_percent / 100;
    const double aspect = static_cast<double>(logo.image.width) / logo.image.height;
    const int width = std::min(size, odd(std::sqrt(modules * aspect)));
    const int height = std::min(size, odd(modules / width));
    return {.x = quiet_zone + (size - width) / 2,
            .y = quiet_zone + (size - height) / 2,
            .width = width,
            .height = height};
}

}  // namespace

Picture::Picture(encoding::Symbol symbol, Style style)
    : symbol_(std::move(symbol)),
      style_(std::move(style)),
      quiet_zone_(style_.quiet_zone.value_or(encoding::quiet_zone_modules(symbol_.version().family))) {
    if (style_.logo) logo_field_ = field_of(*style_.logo, symbol_.size(), quiet_zone_);
}

}  // namespace tocsin::qr::drawing
