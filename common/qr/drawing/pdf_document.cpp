// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/pdf_document.hpp"

#include <hpdf.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/core/error.hpp"
#include "common/qr/drawing/typeface.hpp"

namespace tocsin::qr::drawing {
namespace {

using core::Code;
using core::Error;

/// The first failure. libharu calls back through C, so nothing may be thrown from there.
struct Failure {
    HPDF_STATUS status = HPDF_OK;
};

void remember(HPDF_STATUS status, HPDF_STATUS, void* failure) noexcept {
    HPDF_STATUS& first = static_cast<Failure*>(failure)->status;
    if (first == HPDF_OK) first = status;
}

HPDF_REAL real(double value) noexcept { return static_cast<HPDF_REAL>(value); }

std::string hexadecimal(HPDF_STATUS status) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (int shift = 12; shift >= 0; shift -= 4) text += digits[status >> shift & 15];
    return "0x" + text;
}

/// The text in code page 1252, the one-byte encoding of western Europe; nothing when it has other characters.
std::optional<std::string> windows_1252(std::string_view text) {
    constexpr std::u32string_view from_80 = U"€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";
    std::string bytes;
    for (const char32_t character : characters_of(text)) {
        const std::size_t index = from_80.find(character);
        const bool is_same = character < 0x7F || (character >= 0xA0 && character <= 0xFF);
        if (!is_same && index == std::u32string_view::npos) return std::nullopt;
        bytes += static_cast<char>(is_same ? character : 0x80 + index);
    }
    return bytes;
}

/// libharu's limits are those of Acrobat (PDF 1.7, annex C).
constexpr double shortest_side = 3;
constexpr double longest_side = 14'400;

void check_side(double side) {
    if (side >= shortest_side && side <= longest_side) return;
    throw Error(
        Code::invalid,
        "a PDF page can't have a side of " + std::to_string(std::lround(side / points_per_mm)) + " mm",
        "use a width from 2 to 5080 mm");
}

}  // namespace

class PdfDocument::Library {
 public:
    Library() : document_(HPDF_New(remember, &failure_)) {
        check();
        HPDF_SetCompressionMode(document_.get(), HPDF_COMP_ALL);
        HPDF_SetInfoAttr(document_.get(), HPDF_INFO_CREATOR, "Tocsin");
        // a code is as large as it was asked for, and labels lie where the sheet has them
        HPDF_SetViewerPreference(document_.get(), HPDF_PRINT_SCALING_NONE);
        check();
    }

    void check() const {
        if (document_ == nullptr || failure_.status == HPDF_FAILD_TO_ALLOC_MEM) throw std::bad_alloc();
        if (failure_.status != HPDF_OK)
            throw Error(Code::internal, "libharu failed with " + hexadecimal(failure_.status),
                        "try an SVG or EPS file instead");
    }

    void add_page(double width, double height) {
        page_ = HPDF_AddPage(document_.get());
        height_ = height;
        HPDF_Page_SetWidth(page_, real(width));
        HPDF_Page_SetHeight(page_, real(height));
        check();
    }

    void draw(const Picture& picture, Point corner, double side) {
        const Style& style = picture.style();
        const double module = side / picture.across();
        HPDF_Page_GSave(page_);
        // in modules from the picture's upper left corner, downwards
        HPDF_Page_Concat(page_, real(module), 0, 0, real(-module), real(corner.x), real(height_ - corner.y));
        if (style.background.alpha > 0) {
            set_colour(style.background);
            HPDF_Page_Rectangle(page_, 0, 0, real(picture.across()), real(picture.across()));
            HPDF_Page_Fill(page_);
        }
        set_colour(style.foreground);
        draw_modules(outline_of(picture));
        HPDF_Page_GRestore(page_);
        if (const auto box = logo_box(picture)) draw_logo(picture.logo().image, *box, corner, module);
        check();
    }

    void draw_line(Point from, Point to, double width) {
        HPDF_Page_SetLineWidth(page_, real(width));
        HPDF_Page_MoveTo(page_, real(from.x), real(height_ - from.y));
        HPDF_Page_LineTo(page_, real(to.x), real(height_ - to.y));
        HPDF_Page_Stroke(page_);
        check();
    }

    void use_font(const std::string& file) {
        const char* const name = HPDF_LoadTTFontFromFile(document_.get(), file.c_str(), HPDF_TRUE);
        if (failure_.status == HPDF_TTF_CANNOT_EMBEDDING_FONT)
            throw Error(Code::invalid, "the font in " + file + " forbids to be embedded", "use another font");
        if (name == nullptr)
            throw Error(Code::invalid,
                        "the font in " + file + " can't be read (libharu's error " +
                            hexadecimal(failure_.status) + ")",
                        "use a TrueType font, a file that ends in .ttf");
        font_name_ = name;
    }

    void write(const std::string& text, Point start, double size) {
        const std::optional<std::string> western = windows_1252(text);
        HPDF_Page_BeginText(page_);
        HPDF_Page_SetFontAndSize(page_, western ? western_font() : unicode_font(), real(size));
        HPDF_Page_MoveTextPos(page_, real(start.x), real(height_ - start.y));
        HPDF_Page_ShowText(page_, (western ? *western : text).c_str());
        HPDF_Page_EndText(page_);
        check();
    }

    std::string finish() {
        HPDF_SaveToStream(document_.get());
        check();
        std::string file(HPDF_GetStreamSize(document_.get()), '\0');
        auto size = static_cast<HPDF_UINT32>(file.size());
        HPDF_ReadFromStream(document_.get(), reinterpret_cast<HPDF_BYTE*>(file.data()), &size);
        check();
        file.resize(size);
        return file;
    }

 private:
    struct Free {
        void operator()(HPDF_Doc document) const noexcept { HPDF_Free(document); }
    };

    HPDF_Font western_font() {
        if (western_font_ == nullptr)
            western_font_ = HPDF_GetFont(document_.get(), font_name_.c_str(), "CP1252");
        return western_font_;
    }

    /// Takes 35 kB for a map of all characters, and readers find fault with how libharu writes it.
    HPDF_Font unicode_font() {
        if (unicode_font_ != nullptr) return unicode_font_;
        HPDF_UseUTFEncodings(document_.get());
        return unicode_font_ = HPDF_GetFont(document_.get(), font_name_.c_str(), "UTF-8");
    }

    void set_colour(Colour colour) {
        HPDF_Page_SetRGBFill(page_, real(colour.red / 255.0), real(colour.green / 255.0),
                             real(colour.blue / 255.0));
        if (colour.alpha == 255 && opacities_.empty()) return;
        HPDF_ExtGState& opacity = opacities_[colour.alpha];
        if (opacity == nullptr) {
            opacity = HPDF_CreateExtGState(document_.get());
            HPDF_ExtGState_SetAlphaFill(opacity, real(colour.alpha / 255.0));
        }
        HPDF_Page_SetExtGState(page_, opacity);
    }

    void curve(Point from, Point to) {
        const auto [first, second] = controls(from, to);
        HPDF_Page_CurveTo(page_, real(first.x), real(first.y), real(second.x), real(second.y), real(to.x),
                          real(to.y));
    }

    void draw_modules(const Outline& outline) {
        for (const Contour& contour : outline.contours) {
            Point here = contour.start;
            HPDF_Page_MoveTo(page_, real(here.x), real(here.y));
            for (const Step& step : drawn_steps(contour)) {
                if (step.kind == Step::Kind::arc)
                    curve(here, step.end);
                else
                    HPDF_Page_LineTo(page_, real(step.end.x), real(step.end.y));
                here = step.end;
            }
            HPDF_Page_ClosePath(page_);
        }
        for (const Point dot : outline.dots) draw_dot(dot);
        HPDF_Page_Fill(page_);
    }

    void draw_dot(Point centre) {
        constexpr double radius = dot_diameter / 2;
        const Point top{centre.x, centre.y - radius};
        const Point right{centre.x + radius, centre.y};
        const Point bottom{centre.x, centre.y + radius};
        const Point left{centre.x - radius, centre.y};
        HPDF_Page_MoveTo(page_, real(top.x), real(top.y));
        curve(top, right);
        curve(right, bottom);
        curve(bottom, left);
        curve(left, top);
        HPDF_Page_ClosePath(page_);
    }

    void draw_logo(const Image& image, const Box& box, Point corner, double module) {
        const double bottom = corner.y + (box.y + box.height) * module;
        HPDF_Page_DrawImage(page_, loaded(image), real(corner.x + box.x * module), real(height_ - bottom),
                            real(box.width * module), real(box.height * module));
    }

    /// One image in the file for all codes on a sheet that have the same logo.
    HPDF_Image loaded(const Image& image) {
        if (logo_ != nullptr && image.rgba == logo_pixels_) return logo_;
        logo_pixels_ = image.rgba;
        std::string covers;
        for (std::size_t i = 3; i < image.rgba.size(); i += 4) covers += static_cast<char>(image.rgba[i]);
        std::string colours;
        for (std::size_t i = 0; i < image.rgba.size(); ++i)
            if (i % 4 != 3) colours += static_cast<char>(image.rgba[i]);
        logo_ = raw_image(colours, image, HPDF_CS_DEVICE_RGB);
        if (covers.find_first_not_of('\xff') != std::string::npos)
            HPDF_Image_AddSMask(logo_, raw_image(covers, image, HPDF_CS_DEVICE_GRAY));
        check();
        return logo_;
    }

    HPDF_Image raw_image(const std::string& pixels, const Image& image, HPDF_ColorSpace space) {
        const HPDF_Image raw = HPDF_LoadRawImageFromMem(
            document_.get(), reinterpret_cast<const HPDF_BYTE*>(pixels.data()),
            static_cast<HPDF_UINT>(image.width), static_cast<HPDF_UINT>(image.height), space, 8);
        check();
        return raw;
    }

    Failure failure_;
    std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, Free> document_;
    HPDF_Page page_ = nullptr;
    double height_ = 0;
    std::string font_name_;
    HPDF_Font western_font_ = nullptr;
    HPDF_Font unicode_font_ = nullptr;
    std::map<std::uint8_t, HPDF_ExtGState> opacities_;
    HPDF_Image logo_ = nullptr;
    std::vector<std::uint8_t> logo_pixels_;
};

PdfDocument::PdfDocument() : library_(std::make_unique<Library>()) {}
PdfDocument::~PdfDocument() = default;

void PdfDocument::add_page(double width, double height) {
    check_side(width);
    check_side(height);
    library_->add_page(width, height);
}

void PdfDocument::draw(const Picture& picture, Point corner, double side) {
    library_->draw(picture, corner, side);
}

void PdfDocument::draw_line(Point from, Point to, double width) { library_->draw_line(from, to, width); }

void PdfDocument::use_font(const std::string& file) { library_->use_font(file); }

void PdfDocument::write(const std::string& text, Point start, double size) {
    library_->write(text, start, size);
}

std::string PdfDocument::finish() { return library_->finish(); }

}  // namespace tocsin::qr::drawing
