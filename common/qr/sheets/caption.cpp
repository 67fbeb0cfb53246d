// SPDX-License-Identifier: Apache-2.0
#include "common/qr/sheets/caption.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <set>

#include "common/core/error.hpp"

namespace tocsin::qr::sheets {
namespace {

using Line = std::u32string;

constexpr double size_step = 0.5;  // points
constexpr double readable_letters = 8;
constexpr std::size_t few_lines = 3;  // better than more lines in larger letters

enum class Breaks { between_words, anywhere };

std::string code_point(char32_t character) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (int shift = character > 0xFFFF ? 16 : 12; shift >= 0; shift -= 4)
        text += digits[character >> shift & 15];
    return "U+" + text;
}

void refuse_missing(const std::vector<Line>& paragraphs, const drawing::Typeface& face) {
    constexpr std::size_t most_named = 5;
    std::set<char32_t> seen;
    Line missing;
    for (const Line& paragraph : paragraphs)
        for (const char32_t character : paragraph)
            if (!face.has(character) && seen.insert(character).second) missing += character;
    if (missing.empty()) return;
    std::string names;
    for (const char32_t character : missing.substr(0, most_named)) {
        if (!names.empty()) names += ", ";
        if (character >= 0x20 && (character < 0x7F || character > 0x9F))
            names += drawing::utf8_of({&character, 1}) + ' ';
        names += '(' + code_point(character) + ')';
    }
    if (missing.size() > most_named) names += " and " + std::to_string(missing.size() - most_named) + " more";
    throw core::Error(core::Code::invalid, "the caption's font lacks " + names,
                      "use a font that has them, or leave them out");
}

/// The text between line ends, its other white space as single spaces.
std::vector<Line> paragraphs_of(std::string_view text) {
    std::vector<Line> paragraphs(1);
    for (const char32_t character : drawing::characters_of(text)) {
        Line& last = paragraphs.back();
        if (character == U'\n')
            paragraphs.emplace_back();
        else if (character != U' ' && character != U'\t' && character != U'\r')
            last += character;
        else if (!last.empty() && last.back() != U' ')
            last += U' ';
    }
    for (Line& paragraph : paragraphs)
        if (!paragraph.empty() && paragraph.back() == U' ') paragraph.pop_back();
    std::erase_if(paragraphs, [](const Line& paragraph) { return paragraph.empty(); });
    return paragraphs;
}

/// How many of the first characters fit.
std::size_t count_that_fit(const Line& line, const drawing::Typeface& face, double ems) noexcept {
    double width = 0;
    std::size_t count = 0;
    while (count < line.size() && (width += face.width(line[count])) <= ems) ++count;
    return count;
}

/// The most characters, at most so many, behind which a line may end: before a space, or behind what
/// separates the parts of an address or a number. 0 when there is no such place.
std::size_t break_within(const Line& line, std::size_t most) noexcept {
    constexpr std::u32string_view separators = U"/-_.,:;?&=+@#";
    std::size_t end = most;
    while (end > 0 && line[end] != U' ' && separators.find(line[end - 1]) == Line::npos) --end;
    return end;
}

/// Nothing when a word does not fit on a line and must not be broken. Ends early with one line too many.
std::optional<std::vector<Line>> wrap(Line rest, const drawing::Typeface& face, double ems, Breaks breaks) {
    std::vector<Line> lines;
    for (std::size_t fit = 0;
         lines.size() <= most_lines && (fit = count_that_fit(rest, face, ems)) < rest.size();) {
        std::size_t end = break_within(rest, fit);
        if (end == 0 && breaks == Breaks::anywhere) end = fit;
        if (end == 0) return std::nullopt;
        lines.push_back(rest.substr(0, end));
        rest.erase(0, rest[end] == U' ' ? end + 1 : end);
    }
    lines.push_back(std::move(rest));
    return lines;
}

/// From the largest letters to the smallest ones of the trial.
struct Trial {
    Breaks breaks;
    std::size_t lines;
    double smallest;
};

struct Room {
    double width;
    double height;
};

std::optional<std::vector<Line>> lines_of(const std::vector<Line>& paragraphs, const drawing::Typeface& face,
                                          double size, double width, Breaks breaks) {
    std::vector<Line> lines;
    for (const Line& paragraph : paragraphs) {
        if (lines.size() > most_lines) break;
        const auto wrapped = wrap(paragraph, face, width / size, breaks);
        if (!wrapped) return std::nullopt;
        lines.insert(lines.end(), wrapped->begin(), wrapped->end());
    }
    return lines;
}

std::size_t lines_in(const drawing::Typeface& face, double size, double height, std::size_t most) noexcept {
    const double lines = height / line_height(face, size) + 1e-9;
    return static_cast<std::size_t>(std::min(lines, static_cast<double>(most)));
}

/// The line with as many of its characters as leave room for an ellipsis.
Line cut(Line line, const drawing::Typeface& face, double ems) {
    const Line mark = face.has(U'…') ? U"…" : U"...";
    line.resize(count_that_fit(line, face, ems));
    while (!line.empty() && (line.back() == U' ' || face.width(line) + face.width(mark) > ems))
        line.pop_back();
    return line + mark;
}

Caption caption_of(const std::vector<Line>& lines, double size, Caption::End end) {
    Caption caption{.lines = {}, .size = size, .end = end};
    for (const Line& line : lines) caption.lines.push_back(drawing::utf8_of(line));
    return caption;
}

Caption cut_caption(const std::vector<Line>& paragraphs, const drawing::Typeface& face, Room room) {
    const double size = smallest_letters;
    const std::size_t most = std::max<std::size_t>(1, lines_in(face, size, room.height, most_lines));
    std::vector<Line> lines =
        lines_of(paragraphs, face, size, room.width, Breaks::anywhere).value_or(paragraphs);
    lines.resize(std::min(lines.size(), most));
    lines.back() = cut(std::move(lines.back()), face, room.width / size);
    return caption_of(lines, size, Caption::End::cut);
}

}  // namespace

double line_height(const drawing::Typeface& face, double size) noexcept {
    return (face.ascent() + face.descent()) * size;
}

Caption set_caption(std::string_view text, const drawing::Typeface& face, double width_points,
                    double height_points) {
    const std::vector<Line> paragraphs = paragraphs_of(text);
    if (paragraphs.empty()) return {};
    refuse_missing(paragraphs, face);
    const std::array trials{Trial{Breaks::between_words, few_lines, readable_letters},
                            Trial{Breaks::between_words, most_lines, smallest_letters},
                            Trial{Breaks::anywhere, most_lines, smallest_letters}};
    for (const Trial& trial : trials)
        for (double size = largest_letters; size >= trial.smallest; size -= size_step) {
            const auto lines = lines_of(paragraphs, face, size, width_points, trial.breaks);
            if (lines && lines->size() <= lines_in(face, size, height_points, trial.lines))
                return caption_of(*lines, size, Caption::End::whole);
        }
    return cut_caption(paragraphs, face, {width_points, height_points});
}

}  // namespace tocsin::qr::sheets
