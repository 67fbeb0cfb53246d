// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/raster.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace tocsin::qr::drawing {
namespace {

constexpr double dot_modules = 0.9;  // the diameter of the disc that `Shape::dots` draws
constexpr int lines_a_pixel = 16;    // in which the area of a disc is added up

std::size_t size(int number) noexcept { return static_cast<std::size_t>(number); }

/// The module that a pixel lies in; -1 and beyond are the pixels that are left over at the edges.
int module_at(const Grid& grid, int pixel) noexcept {
    return pixel < grid.margin ? -1 : (pixel - grid.margin) / grid.module;
}

/// The pixel's row in its module.
int line_at(const Grid& grid, int pixel) noexcept {
    return pixel < grid.margin ? 0 : (pixel - grid.margin) % grid.module;
}

void flip_bits(std::span<std::uint8_t> bits, std::size_t first, std::size_t count) noexcept {
    const std::size_t end = first + count;
    const auto first_mask = static_cast<std::uint8_t>(0xFFU >> first % 8);
    const auto last_mask = static_cast<std::uint8_t>(~(0xFFU >> end % 8));
    if (first / 8 == end / 8) {
        bits[first / 8] ^= first_mask & last_mask;
        return;
    }
    bits[first / 8] ^= first_mask;
    for (std::size_t i = first / 8 + 1; i < end / 8; ++i) bits[i] ^= 0xFF;
    if (last_mask != 0) bits[end / 8] ^= last_mask;
}

/// Adds the part of each pixel that lies between two places on a line.
void add_span(std::span<double> line, double from, double to, double weight) noexcept {
    for (std::size_t i = 0; i < line.size(); ++i) {
        const double pixel = static_cast<double>(i);
        line[i] += weight * std::clamp(std::min(to, pixel + 1) - std::max(from, pixel), 0.0, 1.0);
    }
}

/// A disc in the middle of a square of so many pixels: the shade of each, by the area that it covers.
std::vector<std::uint8_t> disc(int side, double diameter) {
    std::vector<std::uint8_t> shades;
    shades.reserve(size(side) * size(side));
    const double middle = side / 2.0;
    std::vector<double> cover(size(side));
    for (int y = 0; y < side; ++y) {
        std::fill(cover.begin(), cover.end(), 0);
        for (int i = 0; i < lines_a_pixel; ++i) {
            const double height = y + (i + 0.5) / lines_a_pixel - middle;
            const double square = diameter * diameter / 4 - height * height;
            if (square <= 0) continue;
            add_span(cover, middle - std::sqrt(square), middle + std::sqrt(square), 1.0 / lines_a_pixel);
        }
        for (const double part : cover)
            shades.push_back(static_cast<std::uint8_t>(std::lround(part * static_cast<double>(darkest))));
    }
    return shades;
}

std::vector<std::uint8_t> disc_of(Shape shape, int module) {
    switch (shape) {
        case Shape::square: break;
        case Shape::round: return disc(module, module);
        case Shape::dots: return disc(module, module * dot_modules);
    }
    return {};
}

}  // namespace

BitRows::BitRows(const Picture& picture, Grid grid, Dark dark)
    : picture_(picture),
      grid_(grid),
      light_byte_(dark == Dark::one ? 0 : 0xFF),
      bits_((size(grid.side) + 7) / 8) {}

std::span<const std::uint8_t> BitRows::row(int y) {
    const int module_row = module_at(grid_, y);
    if (module_row_ == module_row) return bits_;
    module_row_ = module_row;
    std::fill(bits_.begin(), bits_.end(), light_byte_);
    for (int x = 0; x < picture_.across(); ++x) {
        if (!picture_.dark(x, module_row)) continue;
        const int start = x;
        while (picture_.dark(x, module_row)) ++x;
        flip_bits(bits_, size(grid_.margin + start * grid_.module), size((x - start) * grid_.module));
    }
    return bits_;
}

ShadeRows::ShadeRows(const Picture& picture, Grid grid)
    : picture_(picture),
      grid_(grid),
      disc_(disc_of(picture.style().shape, grid.module)),
      shades_(size(grid.side)) {}

std::span<const std::uint8_t> ShadeRows::row(int y) {
    const int module_row = module_at(grid_, y);
    if (module_row_ == module_row) return shades_;
    std::fill(shades_.begin(), shades_.end(), std::uint8_t{lightest});
    switch (picture_.style().shape) {
        case Shape::square:
            draw_squares(module_row);
            module_row_ = module_row;
            break;
        case Shape::round: draw_round(module_row, line_at(grid_, y)); break;
        case Shape::dots: draw_dots(module_row, line_at(grid_, y)); break;
    }
    return shades_;
}

std::span<std::uint8_t> ShadeRows::pixels_of(int column) noexcept {
    return std::span(shades_).subspan(size(grid_.margin + column * grid_.module), size(grid_.module));
}

std::span<const std::uint8_t> ShadeRows::disc_line(int line) const noexcept {
    return std::span(disc_).subspan(size(line) * size(grid_.module), size(grid_.module));
}

void ShadeRows::draw_squares(int module_row) {
    for (int x = 0; x < picture_.across(); ++x)
        if (picture_.dark(x, module_row)) std::ranges::fill(pixels_of(x), std::uint8_t{darkest});
}

// A quarter of the module is a quarter of the disc where its corner touches nothing, else of the square.
void ShadeRows::draw_round(int module_row, int line) {
    const int module = grid_.module;
    const bool upper = line < module / 2;
    const bool lower = line >= (module + 1) / 2;
    const std::span<const std::uint8_t> round = disc_line(line);
    const std::size_t half = size(module / 2);
    for (int x = 0; x < picture_.across(); ++x) {
        if (!picture_.dark(x, module_row)) continue;
        const std::span<std::uint8_t> pixels = pixels_of(x);
        std::ranges::fill(pixels, std::uint8_t{darkest});
        if (upper == lower || picture_.dark(x, upper ? module_row - 1 : module_row + 1)) continue;
        if (!picture_.dark(x - 1, module_row)) std::ranges::copy(round.first(half), pixels.begin());
        if (!picture_.dark(x + 1, module_row)) std::ranges::copy(round.last(half), pixels.last(half).begin());
    }
}

void ShadeRows::draw_dots(int module_row, int line) {
    const std::span<const std::uint8_t> round = disc_line(line);
    for (int x = 0; x < picture_.across(); ++x) {
        if (!picture_.dark(x, module_row)) continue;
        if (picture_.role(x, module_row) == encoding::Role::data)
            std::ranges::copy(round, pixels_of(x).begin());
        else
            std::ranges::fill(pixels_of(x), std::uint8_t{darkest});
    }
}

ColourRows::ColourRows(const Picture& picture, Grid grid, const Shades& shades)
    : modules_(picture, grid), shades_(shades), pixels_(size(grid.side) * 4) {
    if (picture.style().logo) logo_.emplace(picture, grid);
}

std::span<const std::uint8_t> ColourRows::row(int y) {
    static_assert(sizeof(Colour) == 4);
    std::uint8_t* pixel = pixels_.data();
    for (const std::uint8_t shade : modules_.row(y)) {
        std::memcpy(pixel, &shades_[shade], sizeof(Colour));
        pixel += sizeof(Colour);
    }
    if (logo_) logo_->draw_over(y, shades_[lightest], pixels_);
    return pixels_;
}

}  // namespace tocsin::qr::drawing
