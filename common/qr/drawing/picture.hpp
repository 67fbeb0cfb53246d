// SPDX-License-Identifier: Apache-2.0
// A symbol with its style: what every writer of an output format draws.
// Every function here may be called from any thread.
#pragma once

#include <optional>

#include "common/qr/drawing/style.hpp"
#include "common/qr/encoding/symbol.hpp"

namespace tocsin::qr::drawing {

/// A rectangle of modules.
struct Field {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;

    bool holds(int column, int row) const noexcept {
        return column >= x && column < x + width && row >= y && row < y + height;
    }
    friend bool operator==(const Field&, const Field&) = default;
};

/// Columns and rows count from the picture's upper left corner, its quiet zone included.
class Picture {
 public:
    Picture(encoding::Symbol symbol, Style style);

    /// Modules on a side, with the quiet zone.
    int across() const noexcept { return symbol_.size() + 2 * quiet_zone_; }

    /// True when the module is to be drawn dark; what the logo needs is light.
    bool dark(int x, int y) const noexcept {
        return symbol_.at(x - quiet_zone_, y - quiet_zone_) && !(logo_field_ && logo_field_->holds(x, y));
    }

    encoding::Role role(int x, int y) const noexcept {
        return symbol_.role(x - quiet_zone_, y - quiet_zone_);
    }

    int quiet_zone() const noexcept { return quiet_zone_; }
    const encoding::Symbol& symbol() const noexcept { return symbol_; }
    const Style& style() const noexcept { return style_; }

    /// The modules that the logo takes: centred, as large as its share of the area and its shape allow.
    const std::optional<Field>& logo_field() const noexcept { return logo_field_; }
    /// The logo, where there is a field for it.
    const Logo& logo() const noexcept { return *style_.logo; }  // NOLINT(bugprone-unchecked-optional-access)

 private:
    encoding::Symbol symbol_;
    Style style_;
    int quiet_zone_;
    std::optional<Field> logo_field_;
};

}  // namespace tocsin::qr::drawing
