// SPDX-License-Identifier: Apache-2.0
#include "common/core/text.hpp"

#include <cstddef>
#include <cstdint>

namespace tocsin::core {
namespace {

constexpr char32_t bad = 0xFFFFFFFF;

/// Takes one code point off the front, or gives `bad`.
char32_t take(std::string_view& text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) {
        text.remove_prefix(1);
        return lead;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return bad;
    char32_t point = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return bad;
        point = point << 6 | (byte(i) & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return bad;
    text.remove_prefix(length);
    return point;
}

/// No early end, so that the compiler looks at many bytes at once.
bool is_printable_ascii(std::string_view text) noexcept {
    bool printable = true;
    for (const char c : text) printable &= c >= ' ' && c <= '~';
    return printable;
}

}  // namespace

std::size_t valid_utf8_bytes(std::string_view text) noexcept {
    std::string_view rest = text;
    while (!rest.empty())
        if (take(rest) == bad) break;
    return text.size() - rest.size();
}

bool is_utf8(std::string_view text) noexcept { return valid_utf8_bytes(text) == text.size(); }

bool is_printable_utf8(std::string_view text) noexcept {
    if (is_printable_ascii(text)) return true;
    while (!text.empty()) {
        const char32_t point = take(text);
        if (point == bad || point < 0x20 || (point >= 0x7F && point <= 0x9F)) return false;
        if ((point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF))
            return false;  // noncharacters
    }
    return true;
}

std::string_view without_line_end(std::string_view text) noexcept {
    if (!text.ends_with('\n')) return text;
    text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

std::string joined(std::span<const std::string> words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace tocsin::core
