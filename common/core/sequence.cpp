// SPDX-License-Identifier: Apache-2.0
#include "common/core/sequence.hpp"

#include <array>

namespace tocsin::core {

void append_sequence(Seq seq, std::string& out) {
    std::array<char, sequence_digits> text{};
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit) {
        *digit = static_cast<char>('0' + seq % 10);
        seq /= 10;
    }
    out.append(text.data(), text.size());
}

std::string to_text(Seq seq) {
    std::string out;
    append_sequence(seq, out);
    return out;
}

std::optional<Seq> parse_sequence(std::string_view text) noexcept {
    if (text.empty() || text.size() > sequence_digits) return std::nullopt;
    Seq value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<Seq>(c - '0');
    }
    return value;
}

}  // namespace tocsin::core
