// SPDX-License-Identifier: Apache-2.0
#include "common/qr/sheets/label_grid.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/core/error.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"

namespace tocsin::qr::sheets {
namespace {

using core::Code;
using core::Error;

constexpr int most_labels = 100;  // across or down
constexpr double smallest_cell_mm = 5;
constexpr double tolerance_mm = 0.05;  // what a rounded measure may be off

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string in_mm(double value) {
    const double rounded = std::round(value * 100) / 100;
    std::string text = std::to_string(rounded);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text + " mm";
}

struct Unit {
    std::string_view name;
    double mm;
};
constexpr std::array units{Unit{"mm", 1}, Unit{"cm", 10}, Unit{"in", 25.4}};

const Unit* unit_of(std::string_view word) noexcept {
    const auto found =
        std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return word.ends_with(unit.name); });
    return found == units.end() ? nullptr : &*found;
}

/// In the unit it ends in, else in `other`.
std::optional<double> length(std::string_view word, const Unit& other) {
    const Unit* const own = unit_of(word);
    if (own != nullptr) word.remove_suffix(own->name.size());
    double value = 0;
    const auto [end, error] =
        std::from_chars(word.data(), word.data() + word.size(), value, std::chars_format::fixed);
    if (error != std::errc() || end != word.data() + word.size() || !(value >= 0 && value < 10'000))
        return std::nullopt;
    return value * (own != nullptr ? own : &other)->mm;
}

/// `7x15mm`, or one length for both.
std::optional<std::pair<double, double>> lengths(std::string_view word) {
    const Unit* const last = unit_of(word);
    const Unit& unit = last != nullptr ? *last : units.front();
    const std::size_t middle = word.find('x');
    const auto first = length(word.substr(0, middle), unit);
    const auto second = middle == std::string_view::npos ? first : length(word.substr(middle + 1), unit);
    if (!first || !second) return std::nullopt;
    return std::pair{*first, *second};
}

std::pair<double, double> lengths(std::string_view word, std::string_view option, std::string_view example) {
    if (const auto both = lengths(word)) return *both;
    throw Error(Code::invalid, quoted(word) + " is no length for --" + std::string(option),
                "write it as " + std::string(example));
}

std::pair<int, int> counts(std::string_view word) {
    const std::size_t middle = word.find('x');
    if (middle != std::string_view::npos) {
        const auto columns = core::parse_number<int>(word.substr(0, middle));
        const auto rows = core::parse_number<int>(word.substr(middle + 1));
        if (columns && rows) return {*columns, *rows};
    }
    throw Error(Code::invalid, quoted(word) + " is no grid of labels",
                "write columns and rows as --grid 3x7");
}

std::pair<double, double> page_named(std::string_view word) {
    if (word.empty() || word == "a4" || word == "A4") return {210, 297};
    if (word == "a5" || word == "A5") return {148, 210};
    if (word == "letter" || word == "Letter") return {215.9, 279.4};
    if (const auto both = lengths(word); both && word.find('x') != std::string_view::npos) return *both;
    throw Error(Code::invalid, quoted(word) + " is no size of a page",
                "use a4, a5, letter or WIDTHxHEIGHTmm");
}

/// One direction of a grid.
struct Side {
    std::string_view labels;  // columns or rows
    std::string_view extent;  // wide or high
    int count;
    double cell_mm;
    double pitch_mm;
    double margin_mm;
    double page_mm;
};

void check_side(const Side& side) {
    const std::string labels(side.labels);
    if (side.count < 1 || side.count > most_labels)
        throw Error(Code::invalid, std::to_string(side.count) + ' ' + labels + " of labels can't be printed",
                    "use 1 to " + std::to_string(most_labels) + ' ' + labels);
    if (!(side.cell_mm >= smallest_cell_mm))
        throw Error(
            Code::invalid,
            "a label " + in_mm(side.cell_mm) + ' ' + std::string(side.extent) + " has no room for a code",
            "use labels of at least " + in_mm(smallest_cell_mm));
    if (side.count > 1 && side.pitch_mm < side.cell_mm - tolerance_mm)
        throw Error(Code::invalid,
                    "labels " + in_mm(side.cell_mm) + ' ' + std::string(side.extent) +
                        " overlap when they lie " + in_mm(side.pitch_mm) + " apart",
                    "make the labels smaller, or their distance larger");
    const double needed = side.margin_mm + (side.count - 1) * side.pitch_mm + side.cell_mm;
    if (!(side.margin_mm >= 0) || needed > side.page_mm + tolerance_mm)
        throw Error(Code::invalid,
                    std::to_string(side.count) + ' ' + labels + " of labels with their margin take " +
                        in_mm(needed) + ", and the page is " + in_mm(side.page_mm) + ' ' +
                        std::string(side.extent),
                    "use fewer " + labels + ", smaller labels, gaps or margins, or another --page");
}

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// `avery-l7160-100`: the words between separators, in capitals.
std::vector<std::string> words_of(std::string_view name) {
    std::vector<std::string> words(1);
    for (const char c : name) {
        if (c == '-' || c == ' ' || c == '_')
            words.emplace_back();
        else
            words.back() += upper(c);
    }
    return words;
}

[[noreturn]] void refuse_name(std::string_view name) {
    std::vector<std::string> names;
    std::vector<std::string_view> views;
    for (const LabelSheet& sheet : label_sheets()) {
        names.emplace_back(sheet.name);
        views.push_back(sheet.name);
    }
    const auto meant = core::nearest(name, views);
    throw Error(Code::invalid, "the label sheet " + quoted(name) + " is not known",
                meant ? "is " + std::string(*meant) +
                            " meant? Else give its measures with --grid, --cell and --margin"
                      : "use one of " + core::joined(names) +
                            ", or give its measures with --grid, --cell and --margin");
}

}  // namespace

LabelGrid label_grid_named(std::string_view name) {
    const std::vector<std::string> words = words_of(name);
    std::size_t at = 0;
    while (at + 1 < words.size() &&
           (words[at] == "AVERY" || words[at] == "ZWECKFORM" || words[at] == "HERMA"))
        ++at;
    for (const LabelSheet& sheet : label_sheets())
        if (sheet.name == words[at]) return sheet.grid;
    refuse_name(name);
}

LabelGrid parse_label_grid(const GridWords& words) {
    LabelGrid grid;
    std::tie(grid.columns, grid.rows) = counts(words.grid);
    std::tie(grid.cell_width_mm, grid.cell_height_mm) = lengths(words.cell, "cell", "--cell 63.5x38.1mm");
    std::tie(grid.page_width_mm, grid.page_height_mm) = page_named(words.page);
    const auto gap = words.gap.empty() ? std::pair{0.0, 0.0} : lengths(words.gap, "gap", "--gap 2.5x0mm");
    grid.pitch_x_mm = grid.cell_width_mm + gap.first;
    grid.pitch_y_mm = grid.cell_height_mm + gap.second;
    if (words.margin.empty()) {
        const double width = (grid.columns - 1) * grid.pitch_x_mm + grid.cell_width_mm;
        const double height = (grid.rows - 1) * grid.pitch_y_mm + grid.cell_height_mm;
        grid.left_mm = std::max(0.0, (grid.page_width_mm - width) / 2);
        grid.top_mm = std::max(0.0, (grid.page_height_mm - height) / 2);
    } else {
        std::tie(grid.left_mm, grid.top_mm) = lengths(words.margin, "margin", "--margin 7.2x15.1mm");
    }
    check(grid);
    return grid;
}

void check(const LabelGrid& grid) {
    check_side({"columns", "wide", grid.columns, grid.cell_width_mm, grid.pitch_x_mm, grid.left_mm,
                grid.page_width_mm});
    check_side(
        {"rows", "high", grid.rows, grid.cell_height_mm, grid.pitch_y_mm, grid.top_mm, grid.page_height_mm});
}

}  // namespace tocsin::qr::sheets
