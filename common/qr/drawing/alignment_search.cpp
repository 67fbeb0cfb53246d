// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/alignment_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "common/qr/drawing/logo_budget.hpp"
#include "common/qr/drawing/luminance.hpp"
#include "common/qr/drawing/raster.hpp"

namespace tocsin::qr::drawing {
namespace {

constexpr int most_pixels = 10;  // a module; more change nothing but the time
constexpr int tolerated = 6;     // modules of 25
constexpr int steps_a_module = 4;
constexpr int farthest_step = 7;  // just below two modules
constexpr int darker_by = 3;      // than the mean, of 255

std::size_t size(int number) noexcept { return static_cast<std::size_t>(number); }

/// The surroundings that zbar compares a pixel with: the power of two from 16 to 256 that is an eighth of the
/// picture's side, or the next one above.
int surroundings(int side) noexcept {
    int width = 16;
    while (width < 256 && width < (side + 7) / 8) width *= 2;
    return width;
}

/// Which pixels are darker than the mean of a square around them.
class Darkness {
 public:
    Darkness(const Picture& picture, int module_pixels)
        : module_(std::min(module_pixels, most_pixels)), side_(picture.across() * module_) {
        const Grid grid{.side = side_, .module = module_, .margin = 0};
        ColourRows rows(picture, grid, opaque_shades_of(picture.style()));
        luminances_.reserve(size(side_) * size(side_));
        for (int y = 0; y < side_; ++y) add_row(rows.row(y));
        around_ = surroundings(picture.across() * module_pixels) * module_ / module_pixels;
        add_up();
    }

    int module() const noexcept { return module_; }

    bool at(int x, int y) const noexcept {
        if (x < 0 || y < 0 || x >= side_ || y >= side_) return false;
        const int left = std::max(0, x - around_ / 2);
        const int right = std::min(side_, x + around_ / 2);
        const int top = std::max(0, y - around_ / 2);
        const int bottom = std::min(side_, y + around_ / 2);
        const std::int64_t sum =
            sum_to(right, bottom) - sum_to(left, bottom) - sum_to(right, top) + sum_to(left, top);
        const std::int64_t pixels = std::int64_t{right - left} * (bottom - top);
        return (luminances_[size(y) * size(side_) + size(x)] + darker_by) * pixels < sum;
    }

 private:
    void add_row(std::span<const std::uint8_t> row) {
        for (std::size_t i = 0; i < row.size(); i += 4)
            luminances_.push_back(
                static_cast<std::uint8_t>(luminance({row[i], row[i + 1], row[i + 2], 255})));
    }

    /// `sums_` holds the sum of all that lies above and to the left.
    void add_up() {
        const std::size_t stride = size(side_) + 1;
        sums_.resize(stride * stride);
        for (std::size_t y = 0; y < size(side_); ++y) {
            std::int64_t row = 0;
            for (std::size_t x = 0; x < size(side_); ++x) {
                row += luminances_[y * size(side_) + x];
                sums_[(y + 1) * stride + x + 1] = sums_[y * stride + x + 1] + row;
            }
        }
    }

    std::int64_t sum_to(int x, int y) const noexcept { return sums_[size(y) * (size(side_) + 1) + size(x)]; }

    int module_;
    int side_;
    int around_ = 0;
    std::vector<std::uint8_t> luminances_;
    std::vector<std::int64_t> sums_;
};

/// Of the 25 modules around a point, those that are not as in an alignment pattern: dark, light around a dark
/// one in the middle.
int wrong_modules(const Darkness& darkness, double x, double y) {
    int wrong = 0;
    for (int row = -2; row <= 2; ++row)
        for (int column = -2; column <= 2; ++column) {
            const bool dark = std::max(std::abs(row), std::abs(column)) != 1;
            const bool seen = darkness.at(static_cast<int>(std::floor(x + column * darkness.module())),
                                          static_cast<int>(std::floor(y + row * darkness.module())));
            wrong += seen == dark ? 0 : 1;
        }
    return wrong;
}

/// True when a place beside the right one resembles the pattern, and more than the right one does.
bool is_found_elsewhere(const Darkness& darkness, double x, double y) {
    const double step = static_cast<double>(darkness.module()) / steps_a_module;
    const int most = std::min(tolerated, wrong_modules(darkness, x, y) - 1);
    for (int down = -farthest_step; down <= farthest_step; ++down)
        for (int right = -farthest_step; right <= farthest_step; ++right)
            if (wrong_modules(darkness, x + right * step, y + down * step) <= most) return true;
    return false;
}

}  // namespace

bool misleads_alignment(const Picture& picture, int module_pixels) {
    std::optional<Field> field = picture.logo_field();
    if (!field) return false;
    const int quiet_zone = picture.quiet_zone();
    field->x -= quiet_zone;
    field->y -= quiet_zone;
    const std::vector<Field> patterns = alignment_patterns_under(picture.symbol(), *field);
    if (patterns.empty()) return false;
    const Darkness darkness(picture, module_pixels);
    return std::ranges::any_of(patterns, [&](const Field& pattern) {
        const double middle = pattern.width / 2.0 + quiet_zone;
        return is_found_elsewhere(darkness, (pattern.x + middle) * darkness.module(),
                                  (pattern.y + middle) * darkness.module());
    });
}

}  // namespace tocsin::qr::drawing
