// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/pdf.hpp"

#include "common/qr/drawing/pdf_document.hpp"

namespace tocsin::qr::drawing {

std::string to_pdf(const Picture& picture, const Scale& scale) {
    const double side = points_of(picture, scale);
    PdfDocument document;
    document.add_page(side, side);
    document.draw(picture, {}, side);
    return document.finish();
}

}  // namespace tocsin::qr::drawing
