// SPDX-License-Identifier: Apache-2.0
// The wall to libharu: pages that codes, lines and text are drawn on. Lengths in points (1/72 inch) from a
// page's upper left corner, rightwards and downwards.
// Thread rule: one thread for each document.
#pragma once

#include <memory>
#include <string>

#include "common/qr/drawing/logo.hpp"
#include "common/qr/drawing/outline.hpp"
#include "common/qr/drawing/picture.hpp"

namespace tocsin::qr::drawing {

inline constexpr double points_per_mm = 72 / 25.4;

/// The same calls make the same bytes.
/// libharu remembers its first failure; every function here throws it as an `Error` (`internal`).
class PdfDocument {
 public:
    PdfDocument();
    ~PdfDocument();
    PdfDocument(const PdfDocument&) = delete;
    PdfDocument& operator=(const PdfDocument&) = delete;

    /// What is drawn next is drawn on this page.
    /// Throws `Error` (`invalid`) for sides that PDF doesn't have: under 3 or over 14,400 points.
    void add_page(double width, double height);

    /// The picture in a square with this upper left corner: vectors, and the logo as an image.
    void draw(const Picture& picture, Point corner, double side);

    /// A black line.
    void draw_line(Point from, Point to, double width);

    /// What `write` takes its letters from: a TrueType file, of which the used letters are embedded.
    /// Throws `Error` (`invalid`) when the file can't be read, or forbids to be embedded.
    void use_font(const std::string& file);

    /// UTF-8 text in black, its first letter's base point at `start`. Needs a font.
    void write(const std::string& text, Point start, double size);

    /// The file. The last call.
    std::string finish();

 private:
    class Library;
    std::unique_ptr<Library> library_;
};

}  // namespace tocsin::qr::drawing
