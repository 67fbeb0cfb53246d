// SPDX-License-Identifier: Apache-2.0
#include "cli/output/table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "cli/output/terminal_text.hpp"

namespace tocsin::cli::output {

void Table::add(std::vector<std::string> row) {
    row.resize(columns_.size());
    for (std::string& cell : row) cell = printable(cell);
    rows_.push_back(std::move(row));
}

std::string Table::line(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) const {
    std::string out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string gap(widths[i] - columns_of(row[i]), ' ');
        if (i != 0) out += "  ";
        out += columns_[i].align == Align::right ? gap + row[i] : row[i] + gap;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

std::string Table::text(const Paint& paint) const {
    std::vector<std::string> titles;
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        titles.emplace_back(columns_[i].title);
        widths.push_back(columns_of(titles.back()));
        for (const auto& row : rows_) widths.back() = std::max(widths.back(), columns_of(row[i]));
    }
    std::string out;
    if (std::ranges::any_of(titles, [](const std::string& title) { return !title.empty(); }))
        out += std::string(paint.bold) + line(titles, widths) + std::string(paint.off) + "\n";
    for (const auto& row : rows_) out += line(row, widths) + "\n";
    return out;
}

std::string grouped(unsigned long long number) {
    std::string text = std::to_string(number);
    for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
    return text;
}

std::string decimal_text(double number, int places) {
    std::array<char, 400> text{};  // std::to_chars would bring in libm
    std::snprintf(text.data(), text.size(), "%.*f", places, number);
    return text.data();
}

std::string range_text(core::SequenceRange range) {
    return std::to_string(range.first) +
           (range.last == range.first ? "" : " to " + std::to_string(range.last));
}

std::string bytes_text(unsigned long long bytes) {
    constexpr std::array<std::string_view, 5> units{"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    std::size_t unit = 0;
    unsigned long long tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
    for (; tenths >= 10'240 && unit + 1 < units.size(); ++unit) tenths /= 1024;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + std::string(units[unit]);
}

std::string span_text(unsigned long long seconds) {
    const auto pair = [](unsigned long long large, const char* of, unsigned long long small,
                         const char* rest) {
        return std::to_string(large) + of + " " + std::to_string(small) + rest;
    };
    if (seconds < 60) return std::to_string(seconds) + "s";
    if (seconds < 3600) return pair(seconds / 60, "m", seconds % 60, "s");
    if (seconds < 86'400) return pair(seconds / 3600, "h", seconds / 60 % 60, "m");
    return pair(seconds / 86'400, "d", seconds / 3600 % 24, "h");
}

}  // namespace tocsin::cli::output
