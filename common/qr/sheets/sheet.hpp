// SPDX-License-Identifier: Apache-2.0
// Codes on sheets of labels, as a PDF document to print at its own size.
// Thread rule: one thread for each sheet.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/qr/drawing/format.hpp"
#include "common/qr/drawing/pdf_document.hpp"
#include "common/qr/drawing/typeface.hpp"
#include "common/qr/sheets/caption.hpp"
#include "common/qr/sheets/label_grid.hpp"
#include "common/qr/sheets/label_layout.hpp"

namespace tocsin::qr::sheets {

inline constexpr std::string_view default_font_file = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

/// Cameras fail on smaller modules, and office printers blur them.
inline constexpr double smallest_module_mm = 0.25;

struct SheetOptions {
    std::string font_file{default_font_file};  ///< TrueType; read when the first caption comes
    enum class CutMarks { off, on } cut_marks = CutMarks::off;
    int start = 1;  ///< the first label that is printed, counted by rows from 1; those before it are used up
    double padding_mm = 1;  ///< kept free inside of a label's edges: printers shift a page a little
};

/// Fills labels row by row, and begins a page when one is full. A code is drawn with its quiet zone, as large
/// as its label allows; its caption beside or below it, of which the used letters are embedded.
class Sheet {
 public:
    /// Throws `Error` (`invalid`) as `check`, when `start` is no label of the grid, or when the padding
    /// leaves no room.
    Sheet(const LabelGrid& grid, SheetOptions options);

    /// Reads the captions' font now, not with the first one: what is wrong with it lies in no single label.
    /// Throws `Error` as `Typeface::read` and `PdfDocument::use_font`.
    void read_font();

    /// Of the square that a code gets, its quiet zone included.
    double code_side_mm(std::string_view caption) const noexcept { return layout_of(caption).code.width; }

    /// Why the modules of this code would be too small to be read from these labels; `add` draws it all the
    /// same.
    std::vector<drawing::Fault> faults_of(const drawing::Picture& picture, std::string_view caption) const;

    /// `text` is the caption; an empty one leaves the label to the code.
    /// Throws `Error` as `Typeface::read` and `set_caption`; the label then stays free for the next one.
    void add(const drawing::Picture& picture, std::string_view text);

    std::size_t labels() const noexcept { return labels_; }
    std::size_t pages() const noexcept { return pages_; }
    /// Captions that did not fit and end in an ellipsis.
    std::size_t cut_captions() const noexcept { return cut_captions_; }

    /// The PDF file. The last call. Throws `Error` (`invalid`) when there is no label.
    std::string finish();

 private:
    LabelLayout layout_of(std::string_view caption) const noexcept;
    void begin_page();
    void draw_cut_marks();
    void draw_caption(const Caption& caption, const LabelLayout& layout, drawing::Point corner);

    LabelGrid grid_;
    SheetOptions options_;
    drawing::PdfDocument document_;
    std::optional<drawing::Typeface> face_;
    int next_;  // label on the page, from 0
    std::size_t labels_ = 0;
    std::size_t pages_ = 0;
    std::size_t cut_captions_ = 0;
};

}  // namespace tocsin::qr::sheets
