// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/codewords.hpp"

#include <cstddef>

namespace tocsin::qr::drawing {
namespace {

using encoding::Blocks;
using encoding::Role;
using encoding::Symbol;

constexpr int timing_column = 6;

/// First codewords of all blocks, second ones, and so on; data before error correction (section 7.6).
std::vector<Codeword> interleaved(const Blocks& blocks) {
    std::vector<Codeword> order;
    const auto data_of = [&](int block) {
        return blocks.data_codewords + (block >= blocks.count - blocks.longer ? 1 : 0);
    };
    for (int index = 0; index <= blocks.data_codewords; ++index)
        for (int block = 0; block < blocks.count; ++block)
            if (index < data_of(block)) order.push_back({.block = block, .index = index});
    for (int index = 0; index < blocks.error_codewords; ++index)
        for (int block = 0; block < blocks.count; ++block)
            order.push_back({.block = block, .index = data_of(block) + index});
    return order;
}

/// The module above the left finder pattern's format is always dark, and holds nothing (section 7.9.1).
bool holds_data(const Symbol& symbol, int x, int y) noexcept {
    return symbol.role(x, y) == Role::data && (x != 8 || y != symbol.size() - 8);
}

}  // namespace

CodewordMap::CodewordMap(const Symbol& symbol) : size_(symbol.size()) {
    if (symbol.version().family != encoding::Family::qr) return;
    order_ = interleaved(encoding::blocks_of(symbol.version(), symbol.level()));
    bits_.assign(static_cast<std::size_t>(size_) * static_cast<std::size_t>(size_), -1);
    place(symbol);
}

std::size_t CodewordMap::place_of(int x, int y) const noexcept {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(size_) + static_cast<std::size_t>(x);
}

/// Pairs of columns from the right to the left, upwards and downwards by turns, the right module of a pair
/// first (section 7.7.3).
void CodewordMap::place(const Symbol& symbol) {
    const int count = static_cast<int>(order_.size()) * 8;
    int bit = 0;
    bool upwards = true;
    for (int right = size_ - 1; right > 0; right -= 2, upwards = !upwards) {
        if (right == timing_column) --right;
        for (int step = 0; step < size_; ++step) {
            const int y = upwards ? size_ - 1 - step : step;
            for (const int x : {right, right - 1})
                if (holds_data(symbol, x, y) && bit < count) bits_[place_of(x, y)] = bit++;
        }
    }
}

std::optional<CodewordBit> CodewordMap::at(int x, int y) const noexcept {
    if (bits_.empty() || x < 0 || y < 0 || x >= size_ || y >= size_) return std::nullopt;
    const int bit = bits_[place_of(x, y)];
    if (bit < 0) return std::nullopt;
    return CodewordBit{.codeword = order_[static_cast<std::size_t>(bit / 8)], .bit = 7 - bit % 8};
}

}  // namespace tocsin::qr::drawing
