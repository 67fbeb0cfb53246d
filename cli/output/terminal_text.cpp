// SPDX-License-Identifier: Apache-2.0
#include "cli/output/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/core/text.hpp"

namespace tocsin::cli::output {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Unicode 15, East Asian Width W and F, in broad strokes
constexpr std::array<Range, 9> wide{{{0x1100, 0x115F},
                                     {0x2E80, 0xA4CF},
                                     {0xAC00, 0xD7A3},
                                     {0xF900, 0xFAFF},
                                     {0xFE30, 0xFE6F},
                                     {0xFF00, 0xFF60},
                                     {0xFFE0, 0xFFE6},
                                     {0x1F300, 0x1FAFF},
                                     {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 5> narrowest{
    {{0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};

template <std::size_t size>
bool within(const std::array<Range, size>& ranges, char32_t point) {
    return std::ranges::any_of(ranges,
                               [&](Range range) { return point >= range.first && point <= range.last; });
}

std::size_t columns_of_point(char32_t point) {
    if (point < 0x300) return 1;
    if (within(narrowest, point)) return 0;
    return within(wide, point) ? 2 : 1;
}

/// Bytes of the sequence at the front, by its first byte; at least 1, at most what is there.
std::size_t length_of(std::string_view text) {
    const auto lead = static_cast<std::uint8_t>(text.front());
    const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return std::min(length, text.size());
}

char32_t point_of(std::string_view sequence) {
    const auto lead = static_cast<std::uint8_t>(sequence.front());
    if (sequence.size() == 1) return lead;
    char32_t point = lead & (0xFFU >> (sequence.size() + 1));
    for (const char c : sequence.substr(1)) point = point << 6 | (static_cast<std::uint8_t>(c) & 0x3FU);
    return point;
}

bool is_control(std::string_view sequence) {
    const char32_t point = point_of(sequence);
    return point < 0x20 || (point >= 0x7F && point <= 0x9F);
}

bool is_clean_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void append_escaped(std::string_view bytes, std::string& out) {
    constexpr std::string_view hex = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        out += "\\u00";
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
}

}  // namespace

std::string printable(std::string_view text) {
    if (is_clean_ascii(text)) return std::string(text);
    std::string out;
    out.reserve(text.size() + 16);
    while (!text.empty()) {
        std::string_view sequence = text.substr(0, length_of(text));
        if (!core::is_utf8(sequence)) {
            sequence = text.substr(0, 1);
            append_escaped(sequence, out);
        } else if (is_control(sequence)) {
            append_escaped(sequence.substr(sequence.size() - 1), out);
        } else {
            out += sequence;
        }
        text.remove_prefix(sequence.size());
    }
    return out;
}

std::string printable_lines(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("\n\t"), text.size());
        out += printable(text.substr(0, end));
        if (end < text.size()) out += text[end];
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const std::size_t length = length_of(text);
        columns += columns_of_point(point_of(text.substr(0, length)));
        text.remove_prefix(length);
    }
    return columns;
}

std::string cut_to(std::string_view text, std::size_t columns) {
    if (columns == 0 || columns_of(text) <= columns) return std::string(text);
    std::size_t used = 0;
    std::size_t kept = 0;
    while (kept < text.size()) {
        const std::size_t length = length_of(text.substr(kept));
        const std::size_t width = columns_of_point(point_of(text.substr(kept, length)));
        if (used + width > columns - 1) break;
        used += width;
        kept += length;
    }
    return std::string(text.substr(0, kept)) + "…";
}

}  // namespace tocsin::cli::output
