// SPDX-License-Identifier: Apache-2.0
#include "common/qr/sheets/sheet.hpp"

#include <algorithm>
#include <utility>

#include "common/core/error.hpp"

namespace tocsin::qr::sheets {
namespace {

using core::Code;
using core::Error;

constexpr double hairline_points = 0.25;
constexpr double mark_length_mm = 4;
constexpr double mark_distance_mm = 1;  // from the labels
constexpr double shortest_mark_mm = 0.5;

drawing::Point in_points(drawing::Point mm) noexcept {
    return {mm.x * drawing::points_per_mm, mm.y * drawing::points_per_mm};
}

std::string rounded(double value) {
    const auto hundredths = static_cast<int>(value * 100 + 1e-6);  // downwards: 0.249 is not 0.25
    return std::to_string(hundredths / 100) + (hundredths % 100 < 10 ? ".0" : ".") +
           std::to_string(hundredths % 100);
}

bool is_blank(std::string_view text) noexcept {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// The edges of all labels in one direction.
std::vector<double> edges(int count, double first, double pitch, double cell) {
    std::vector<double> all;
    for (int i = 0; i < count; ++i) {
        for (const double edge : {first + i * pitch, first + i * pitch + cell})
            if (all.empty() || edge - all.back() > 0.01) all.push_back(edge);
    }
    return all;
}

/// From where to where a mark runs before the first label; nothing when the margin has no room for one.
std::optional<std::pair<double, double>> mark_before(double margin) {
    const double end = margin - mark_distance_mm;
    const double begin = std::max(0.0, end - mark_length_mm);
    if (end - begin < shortest_mark_mm) return std::nullopt;
    return std::pair{begin, end};
}

}  // namespace

Sheet::Sheet(const LabelGrid& grid, SheetOptions options)
    : grid_(grid), options_(std::move(options)), next_(options_.start - 1) {
    check(grid_);
    if (options_.start < 1 || options_.start > grid_.labels())
        throw Error(Code::invalid,
                    "a page has labels 1 to " + std::to_string(grid_.labels()) + ", and no label " +
                        std::to_string(options_.start),
                    "start at one of them; they are counted row by row");
    const double room = std::min(grid_.cell_width_mm, grid_.cell_height_mm) - 2 * options_.padding_mm;
    if (!(options_.padding_mm >= 0) || room <= 0)
        throw Error(Code::invalid,
                    "a padding of " + rounded(options_.padding_mm) + " mm leaves no room in a label",
                    "use 1 mm");
}

void Sheet::read_font() {
    if (face_) return;
    drawing::Typeface face = drawing::Typeface::read(options_.font_file);
    document_.use_font(options_.font_file);
    face_ = std::move(face);
}

std::vector<drawing::Fault> Sheet::faults_of(const drawing::Picture& picture,
                                             std::string_view caption) const {
    const double module = code_side_mm(caption) / picture.across();
    if (module >= smallest_module_mm) return {};
    return {{"a module would be " + rounded(module) + " mm wide on these labels, and readers need " +
                 rounded(smallest_module_mm) + " mm",
             is_blank(caption)
                 ? "use larger labels, a shorter text or a lower level"
                 : "use larger labels, a shorter text or a lower level, or leave out the caption"}};
}

void Sheet::add(const drawing::Picture& picture, std::string_view text) {
    LabelLayout layout = layout_of(text);
    Caption caption;
    if (layout.place != LabelLayout::Caption::none) {
        read_font();
        caption = set_caption(text, *face_, layout.caption.width * drawing::points_per_mm,
                              layout.caption.height * drawing::points_per_mm);
        const auto lines = static_cast<double>(caption.lines.size());
        layout = fitted(layout, lines * line_height(*face_, caption.size) / drawing::points_per_mm);
    }
    if (pages_ == 0 || next_ == grid_.labels()) begin_page();
    const drawing::Point corner{grid_.left_mm + next_ % grid_.columns * grid_.pitch_x_mm,
                                grid_.top_mm + next_ / grid_.columns * grid_.pitch_y_mm};
    document_.draw(picture, in_points({corner.x + layout.code.x, corner.y + layout.code.y}),
                   layout.code.width * drawing::points_per_mm);
    draw_caption(caption, layout, corner);
    ++next_;
    ++labels_;
}

std::string Sheet::finish() {
    if (labels_ == 0) throw Error(Code::invalid, "there is no label to print", "give at least one code");
    return document_.finish();
}

LabelLayout Sheet::layout_of(std::string_view caption) const noexcept {
    const auto layout = is_blank(caption) ? layout_label : layout_captioned_label;
    return layout(grid_.cell_width_mm, grid_.cell_height_mm, options_.padding_mm);
}

void Sheet::begin_page() {
    document_.add_page(grid_.page_width_mm * drawing::points_per_mm,
                       grid_.page_height_mm * drawing::points_per_mm);
    if (pages_++ > 0) next_ = 0;
    if (options_.cut_marks == SheetOptions::CutMarks::on) draw_cut_marks();
}

/// In the margins, where the edges of labels would go on.
void Sheet::draw_cut_marks() {
    const auto columns = edges(grid_.columns, grid_.left_mm, grid_.pitch_x_mm, grid_.cell_width_mm);
    const auto rows = edges(grid_.rows, grid_.top_mm, grid_.pitch_y_mm, grid_.cell_height_mm);
    const auto line = [this](drawing::Point from, drawing::Point to) {
        document_.draw_line(in_points(from), in_points(to), hairline_points);
    };
    const double right = grid_.page_width_mm;
    const double bottom = grid_.page_height_mm;
    for (const double x : columns) {
        if (const auto mark = mark_before(grid_.top_mm)) line({x, mark->first}, {x, mark->second});
        if (const auto mark = mark_before(bottom - rows.back()))
            line({x, bottom - mark->first}, {x, bottom - mark->second});
    }
    for (const double y : rows) {
        if (const auto mark = mark_before(grid_.left_mm)) line({mark->first, y}, {mark->second, y});
        if (const auto mark = mark_before(right - columns.back()))
            line({right - mark->first, y}, {right - mark->second, y});
    }
}

/// Beside a code its lines begin at the left, below it they lie in the middle.
void Sheet::draw_caption(const Caption& caption, const LabelLayout& layout, drawing::Point corner) {
    drawing::Point place = in_points({corner.x + layout.caption.x, corner.y + layout.caption.y});
    for (const std::string& line : caption.lines) {
        const double width = face_->width(drawing::characters_of(line)) * caption.size;
        const double indent = layout.place == LabelLayout::Caption::below
                                  ? (layout.caption.width * drawing::points_per_mm - width) / 2
                                  : 0;
        document_.write(line, {place.x + indent, place.y + face_->ascent() * caption.size}, caption.size);
        place.y += line_height(*face_, caption.size);
    }
    if (caption.end == Caption::End::cut) ++cut_captions_;
}

}  // namespace tocsin::qr::sheets
