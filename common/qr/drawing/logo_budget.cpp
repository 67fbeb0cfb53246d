// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/logo_budget.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tocsin::qr::drawing {
namespace {

using encoding::Level;
using encoding::Role;
using encoding::Symbol;

constexpr int pattern_side = 5;  // of an alignment pattern

std::size_t size(int number) noexcept { return static_cast<std::size_t>(number); }

/// Errors that a block corrects: half of its error correction codewords, but for the smallest symbols, which
/// keep some to notice wrong corrections (ISO/IEC 18004:2015, table 9).
int correctable(const Symbol& symbol) noexcept {
    const int number = symbol.version().number;
    const Level level = symbol.level();
    int kept = 0;
    if (number == 1) kept = level == Level::low ? 3 : level == Level::medium ? 2 : 1;
    if (number == 2 && level == Level::low) kept = 2;
    if (number == 3 && level == Level::low) kept = 1;
    return (encoding::blocks_of(symbol.version(), level).error_codewords - kept) / 2;
}

bool overlap(const Field& a, const Field& b) noexcept {
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/// The upper left corner of an alignment pattern: patterns never touch each other.
bool begins_pattern(const Symbol& symbol, int x, int y) noexcept {
    const auto belongs = [&](int column, int row) { return symbol.role(column, row) == Role::alignment; };
    return belongs(x, y) && !belongs(x - 1, y) && !belongs(x, y - 1);
}

template <class Visit>
void each_module(const Field& field, Visit visit) {
    for (int y = field.y; y < field.y + field.height; ++y)
        for (int x = field.x; x < field.x + field.width; ++x) visit(x, y);
}

}  // namespace

std::vector<Field> alignment_patterns_under(const Symbol& symbol, const Field& field) {
    std::vector<Field> patterns;
    each_module({.x = 0, .y = 0, .width = symbol.size(), .height = symbol.size()}, [&](int x, int y) {
        const Field pattern{.x = x, .y = y, .width = pattern_side, .height = pattern_side};
        if (begins_pattern(symbol, x, y) && overlap(pattern, field)) patterns.push_back(pattern);
    });
    return patterns;
}

LogoBudget::LogoBudget(const Symbol& symbol) : symbol_(symbol), map_(symbol) {}

bool LogoBudget::allows(const Field& field) const {
    if (symbol_.version().family != encoding::Family::qr) return false;
    bool hides_pattern = false;
    each_module(field, [&](int x, int y) {
        const Role role = symbol_.role(x, y);
        hides_pattern = hides_pattern || (role != Role::data && role != Role::alignment);
    });
    if (hides_pattern) return false;
    // Readers that find no alignment pattern in a wide part of the symbol miss modules around it: a third of
    // the correction is kept for these. One pattern that is not found costs nothing. Measured with zbar,
    // versions 7 to 40, 3 to 10 pixels a module.
    const int all = correctable(symbol_);
    return most_hidden(field) <= (alignment_patterns_under(symbol_, field).size() > 1 ? all * 3 / 5 : all);
}

int LogoBudget::most_hidden(const Field& field) const {
    const encoding::Blocks blocks = encoding::blocks_of(symbol_.version(), symbol_.level());
    std::vector<std::vector<bool>> hidden(
        size(blocks.count), std::vector<bool>(size(blocks.data_codewords + 1 + blocks.error_codewords)));
    each_module(field, [&](int x, int y) {
        if (const auto bit = map_.at(x, y))
            hidden[size(bit->codeword.block)][size(bit->codeword.index)] = true;
    });
    std::ptrdiff_t most = 0;
    for (const auto& block : hidden) most = std::max(most, std::ranges::count(block, true));
    return static_cast<int>(most);
}

std::optional<double> LogoBudget::largest_area(const Image& image, double below_percent) const {
    std::optional<Field> judged;
    for (int tenths = static_cast<int>(std::ceil(below_percent * 10)) - 1; tenths > 0; --tenths) {
        const Field field = logo_field_of(symbol_, image, tenths / 10.0);
        if (judged == field) continue;
        judged = field;
        if (allows(field)) return tenths / 10.0;
    }
    return std::nullopt;
}

Field logo_field_of(const Symbol& symbol, const Image& image, double area_percent) {
    Style style;
    style.quiet_zone = 0;
    style.logo = Logo{.image = {.width = image.width, .height = image.height, .rgba = {}},
                      .area_percent = area_percent};
    return Picture(symbol, std::move(style)).logo_field().value_or(Field{});
}

}  // namespace tocsin::qr::drawing
