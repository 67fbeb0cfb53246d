// SPDX-License-Identifier: Apache-2.0
#include "common/qr/encoding/symbol.hpp"

#include <algorithm>
#include <string>

#include "common/core/error.hpp"
#include "common/qr/encoding/library.hpp"
#include "common/qr/encoding/request.hpp"

namespace tocsin::qr::encoding {
namespace {

// What libqrencode says of a module beside its colour.
constexpr unsigned format_bit = 1U << 2U;
constexpr unsigned version_bit = 1U << 3U;
constexpr unsigned timing_bit = 1U << 4U;
constexpr unsigned alignment_bit = 1U << 5U;
constexpr unsigned finder_bit = 1U << 6U;

}  // namespace

Symbol Symbol::encode(std::string_view text, const Options& options) {
    const Request request(text, options);
    if (auto plan = request.smallest(request.units(), 0)) return Library::make(std::move(*plan));
    request.refuse_length();
}

Role Symbol::role(int x, int y) const noexcept {
    if (!inside(x, y)) return Role::data;
    const unsigned bits = module(x, y);
    if ((bits & finder_bit) != 0) return Role::finder;
    if ((bits & alignment_bit) != 0) return Role::alignment;
    if ((bits & timing_bit) != 0) return Role::timing;
    if ((bits & version_bit) != 0) return Role::version;
    if ((bits & format_bit) != 0) return Role::format;
    return Role::data;
}

// The format information lies in row 8, beginning at the left, and is itself masked (section 7.9).
int Symbol::mask() const noexcept {
    if (version_.family == Family::micro) {
        const int bits = (at(4, 8) ? 2 : 0) | (at(5, 8) ? 1 : 0);
        return bits ^ 0b01;
    }
    const int bits = (at(2, 8) ? 4 : 0) | (at(3, 8) ? 2 : 0) | (at(4, 8) ? 1 : 0);
    return bits ^ 0b101;
}

}  // namespace tocsin::qr::encoding
