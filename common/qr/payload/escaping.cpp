// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/escaping.hpp"

#include "common/qr/payload/checks.hpp"

namespace tocsin::qr::payload {
namespace {

bool is_unreserved(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string backslashed(std::string_view text, std::string_view special) {
    std::string escaped;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string percent_encoded(std::string_view text, std::string_view kept) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return encoded;
}

std::string content_text(std::string_view text) { return with_line_ends(backslashed(text, "\\;,"), "\\n"); }

std::string with_line_ends(std::string_view text, std::string_view line_end) {
    std::string lines;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        if (text[i] == '\r' || text[i] == '\n')
            lines += line_end;
        else
            lines += text[i];
    }
    return lines;
}

}  // namespace tocsin::qr::payload
