// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/logo_rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "common/qr/drawing/shades.hpp"

namespace tocsin::qr::drawing {
namespace {

/// Red, green and blue, each times alpha, and alpha.
using Sums = std::array<double, 4>;

std::size_t size(int number) noexcept { return static_cast<std::size_t>(number); }

/// Calls `add(i, weight)` for each whole number i whose unit [i, i + 1) lies in part between these.
template <class Add>
void each_unit(double from, double to, int end, Add add) {
    const int last = std::min(end, static_cast<int>(std::ceil(to)));
    for (int i = static_cast<int>(from); i < last; ++i)
        if (const double weight = std::min(to, i + 1.0) - std::max(from, double(i)); weight > 0)
            add(i, weight);
}

std::uint8_t whole(double value) noexcept {
    return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

Colour colour_of(const Sums& sums, double area) noexcept {
    const double alpha = sums[3];
    if (alpha <= 0) return {0, 0, 0, 0};
    return {whole(sums[0] / alpha), whole(sums[1] / alpha), whole(sums[2] / alpha), whole(alpha / area)};
}

}  // namespace

Frame logo_frame(const Picture& picture, const Grid& grid) noexcept {
    const std::optional<Field>& field = picture.logo_field();
    if (!field) return {};
    const Image& image = picture.logo().image;
    const int free = static_cast<int>(std::ceil(grid.module * picture.logo().free_modules));
    const int width = field->width * grid.module - 2 * free;
    const int height = field->height * grid.module - 2 * free;
    if (width <= 0 || height <= 0) return {};
    const double scale =
        std::min(static_cast<double>(width) / image.width, static_cast<double>(height) / image.height);
    const int drawn_width = std::clamp(static_cast<int>(std::lround(image.width * scale)), 1, width);
    const int drawn_height = std::clamp(static_cast<int>(std::lround(image.height * scale)), 1, height);
    return {.x = grid.margin + field->x * grid.module + free + (width - drawn_width) / 2,
            .y = grid.margin + field->y * grid.module + free + (height - drawn_height) / 2,
            .width = drawn_width,
            .height = drawn_height};
}

LogoRows::LogoRows(const Picture& picture, const Grid& grid)
    : image_(picture.logo().image), frame_(logo_frame(picture, grid)), column_sums_(size(image_.width) * 4) {}

void LogoRows::draw_over(int y, Colour background, std::span<std::uint8_t> row) {
    if (y < frame_.y || y >= frame_.y + frame_.height) return;
    const double rows_a_pixel = static_cast<double>(image_.height) / frame_.height;
    const double columns_a_pixel = static_cast<double>(image_.width) / frame_.width;
    add_rows((y - frame_.y) * rows_a_pixel, (y - frame_.y + 1) * rows_a_pixel);
    for (int x = 0; x < frame_.width; ++x) {
        Sums sums{};
        each_unit(x * columns_a_pixel, (x + 1) * columns_a_pixel, image_.width,
                  [&](int column, double weight) {
                      for (std::size_t i = 0; i < 4; ++i)
                          sums[i] += weight * column_sums_[size(column) * 4 + i];
                  });
        const Colour seen = blend(colour_of(sums, rows_a_pixel * columns_a_pixel), background);
        std::memcpy(row.subspan(size(frame_.x + x) * 4).data(), &seen, sizeof(Colour));
    }
}

void LogoRows::add_rows(double from, double to) {
    std::fill(column_sums_.begin(), column_sums_.end(), 0);
    each_unit(from, to, image_.height, [this](int row, double weight) { add_row(row, weight); });
}

void LogoRows::add_row(int row, double weight) {
    const std::uint8_t* pixel = image_.rgba.data() + size(row) * size(image_.width) * 4;
    for (std::size_t i = 0; i < column_sums_.size(); i += 4, pixel += 4) {
        const double alpha = weight * pixel[3];
        for (std::size_t part = 0; part < 3; ++part) column_sums_[i + part] += alpha * pixel[part];
        column_sums_[i + 3] += alpha;
    }
}

}  // namespace tocsin::qr::drawing
