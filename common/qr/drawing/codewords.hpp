// SPDX-License-Identifier: Apache-2.0
// Which modules hold which codeword of a symbol (ISO/IEC 18004:2015, sections 7.6 and 7.7.3).
// Thread rule: any number of threads may read a map.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "common/qr/encoding/symbol.hpp"

namespace tocsin::qr::drawing {

struct Codeword {
    int block = 0;  ///< from 0, in the order in which blocks are formed
    int index = 0;  ///< in its block, from 0: those of data, then those of error correction

    friend bool operator==(const Codeword&, const Codeword&) = default;
};

/// One bit of one.
struct CodewordBit {
    Codeword codeword{};
    int bit = 0;  ///< 7 is the most significant, and the first
};

class CodewordMap {
 public:
    /// Of a QR code; Micro QR codes are laid out in another way, and have an empty map.
    explicit CodewordMap(const encoding::Symbol& symbol);

    /// Nothing for patterns, format, version, the bits that are left over, and outside of the symbol.
    std::optional<CodewordBit> at(int x, int y) const noexcept;

 private:
    void place(const encoding::Symbol& symbol);
    std::size_t place_of(int x, int y) const noexcept;

    int size_;
    std::vector<Codeword> order_;  ///< as the symbol holds them, from the lower right corner
    std::vector<int> bits_;        ///< of each module, the number of its bit in that order; -1 for none
};

}  // namespace tocsin::qr::drawing
