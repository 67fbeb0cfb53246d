// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/format.hpp"

#include <algorithm>
#include <array>

namespace tocsin::qr::drawing {
namespace {

struct Row {
    Format format;
    std::string_view name;
    std::string_view ending;  ///< of files; none when empty
};

/// In the order of the enumeration.
constexpr std::array<Row, 18> table{{
    {Format::png, "png", "png"},
    {Format::svg, "svg", "svg"},
    {Format::eps, "eps", "eps"},
    {Format::pdf, "pdf", "pdf"},
    {Format::xpm, "xpm", "xpm"},
    {Format::pbm, "pbm", "pbm"},
    {Format::ppm, "ppm", "ppm"},
    {Format::ascii, "ascii", ""},
    {Format::ascii_inverted, "asciii", ""},
    {Format::ansi, "ansi", ""},
    {Format::ansi256, "ansi256", ""},
    {Format::utf8, "utf8", "txt"},
    {Format::utf8_inverted, "utf8i", ""},
    {Format::ansi_utf8, "ansiutf8", ""},
    {Format::ansi_utf8_inverted, "ansiutf8i", ""},
    {Format::ansi256_utf8, "ansi256utf8", ""},
    {Format::sixel, "sixel", "six"},
    {Format::kitty, "kitty", ""},
}};

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same(std::string_view word, std::string_view in_lower_case) noexcept {
    return std::ranges::equal(word, in_lower_case, {}, lower);
}

}  // namespace

std::string_view name_of(Format format) noexcept { return table[static_cast<std::size_t>(format)].name; }

std::optional<Format> format_named(std::string_view name) noexcept {
    const auto row = std::ranges::find_if(table, [&](const Row& one) { return same(name, one.name); });
    if (row == table.end()) return std::nullopt;
    return row->format;
}

std::string_view ending_of(Format format) noexcept {
    const std::string_view ending = table[static_cast<std::size_t>(format)].ending;
    return ending.empty() ? "txt" : ending;
}

std::optional<Format> format_of_file(std::string_view name) {
    const std::string_view last = name.substr(name.rfind('/') + 1);  // the whole name when there is no slash
    const auto point = last.rfind('.');
    if (point == std::string_view::npos || point + 1 == last.size()) return std::nullopt;
    const std::string_view ending = last.substr(point + 1);
    const auto row = std::ranges::find_if(table, [&](const Row& one) { return same(ending, one.ending); });
    if (row == table.end()) return std::nullopt;
    return row->format;
}

std::string format_names() {
    std::string names;
    for (const Row& row : table) names.append(names.empty() ? "" : ", ").append(row.name);
    return names;
}

bool is_text(Format format) noexcept { return format >= Format::ascii; }

}  // namespace tocsin::qr::drawing
