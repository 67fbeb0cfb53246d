// SPDX-License-Identifier: Apache-2.0
// How much of a symbol a logo may hide: what error correction restores, without the patterns that readers
// search. Thread rule: any number of threads may read a budget; the symbol must live as long.
#pragma once

#include <optional>
#include <vector>

#include "common/qr/drawing/codewords.hpp"
#include "common/qr/drawing/picture.hpp"

namespace tocsin::qr::drawing {

/// The alignment patterns that a field touches; both in modules of the symbol, without its quiet zone.
std::vector<Field> alignment_patterns_under(const encoding::Symbol& symbol, const Field& field);

class LogoBudget {
 public:
    explicit LogoBudget(const encoding::Symbol& symbol);

    /// True when every block of codewords can restore what the field hides of it, and the field touches no
    /// finder, timing, format or version module. In modules of the symbol, without its quiet zone.
    bool allows(const Field& field) const;

    /// The largest share of the symbol below this one that is allowed to a logo of this shape: percent, with
    /// one decimal. Nothing when none is.
    std::optional<double> largest_area(const Image& image, double below_percent) const;

 private:
    /// Codewords of one block that have a module in the field: of the block that has most of them.
    int most_hidden(const Field& field) const;

    const encoding::Symbol& symbol_;
    CodewordMap map_;
};

/// The field of such a logo, in modules of the symbol without its quiet zone.
Field logo_field_of(const encoding::Symbol& symbol, const Image& image, double area_percent);

}  // namespace tocsin::qr::drawing
