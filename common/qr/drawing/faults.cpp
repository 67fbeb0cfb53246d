// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "common/qr/drawing/alignment_search.hpp"
#include "common/qr/drawing/format.hpp"
#include "common/qr/drawing/logo_budget.hpp"
#include "common/qr/drawing/luminance.hpp"

namespace tocsin::qr::drawing {
namespace {

using encoding::Level;
using encoding::Symbol;
using encoding::Version;

// Measured with zbar 0.23.92 and ZXing-C++ 1.4.0, versions 1 to 40, 1 to 24 pixels a module, all shapes.
// ZXing reads what has less than half of the background's luminance; zbar reads far less contrast.
constexpr double most_dark_share = 0.45;
constexpr double least_difference = 51;  // of 255; by taste, for cameras: decoders take 24
constexpr int least_module_pixels = 3;   // with 2, ZXing misses 1 of 100 codes, and all of version 40
constexpr int least_quiet_zone = 1;      // without one, neither reads a code on a dark ground

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

/// With one decimal, if it is not 0.
std::string tenths(double value) {
    const long all = std::lround(value * 10);
    return std::to_string(all / 10) + (all % 10 == 0 ? "" : '.' + std::to_string(all % 10));
}

std::optional<Fault> contrast_fault(const Style& style) {
    const Colour background = over(style.background, white);
    const double light = luminance(background);
    const double dark = luminance(over(style.foreground, background));
    if (dark > light)
        return Fault{"the modules are lighter than the background, and most readers know only dark ones",
                     "swap the two colours"};
    if (dark <= most_dark_share * light && light - dark >= least_difference) return std::nullopt;
    const std::string share = light > 0 ? percent(dark / light) : "all";
    return Fault{"the contrast is too low: the modules have " + share +
                     " of the background's brightness, and readers need at most " + percent(most_dark_share) +
                     " and a difference of " + percent(least_difference / 255) + " of white",
                 "use a darker foreground or a lighter background"};
}

std::optional<Fault> quiet_zone_fault(const Picture& picture) {
    if (picture.quiet_zone() >= least_quiet_zone) return std::nullopt;
    const int standard = encoding::quiet_zone_modules(picture.symbol().version().family);
    return Fault{
        "without a quiet zone the code can't be told from what is dark beside it",
        "leave at least 1 module free on each side; the standard asks for " + std::to_string(standard)};
}

bool has_pixels(Format format) noexcept {
    switch (format) {
        case Format::png:
        case Format::xpm:
        case Format::pbm:
        case Format::ppm:
        case Format::sixel:
        case Format::kitty: return true;
        default: return false;
    }
}

std::optional<Fault> module_fault(int pixels) {
    if (pixels >= least_module_pixels) return std::nullopt;
    return Fault{"a module has " + std::to_string(pixels) + (pixels == 1 ? " pixel" : " pixels") +
                     ", and readers need " + std::to_string(least_module_pixels),
                 "make the picture larger, better with 4 pixels a module or more"};
}

/// Bits that the same segments take in another version: their headers differ.
std::size_t bits_in(const Symbol& symbol, Version version) {
    std::size_t bits = symbol.content().used_bits;
    for (const auto& segment : symbol.content().segments) {
        const auto before = encoding::header_bits(symbol.version(), segment.mode);
        const auto after = encoding::header_bits(version, segment.mode);
        if (before && after) bits += static_cast<std::size_t>(after->count - before->count);
    }
    return bits;
}

/// A symbol as large as this one would be with another level, whatever it says.
std::optional<Symbol> with_level(const Symbol& symbol, Level level) {
    for (Version version = symbol.version(); version.number <= 40; ++version.number)
        if (bits_in(symbol, version) <= encoding::data_bits(version, level))
            return Symbol::encode("0", {.level = level,
                                        .boost = encoding::Boost::off,
                                        .min_version = version.number,
                                        .max_version = version.number});
    return std::nullopt;
}

/// The lowest level above this one whose symbol can spare so much.
std::optional<Level> level_for(const Symbol& symbol, const Logo& logo) {
    for (const Level level : {Level::medium, Level::quartile, Level::high}) {
        if (level <= symbol.level()) continue;
        const std::optional<Symbol> other = with_level(symbol, level);
        if (other && LogoBudget(*other).allows(logo_field_of(*other, logo.image, logo.area_percent)))
            return level;
    }
    return std::nullopt;
}

Fault budget_fault(const Symbol& symbol, const LogoBudget& budget, const Logo& logo) {
    const auto largest = budget.largest_area(logo.image, logo.area_percent);
    const auto level = level_for(symbol, logo);
    const std::string limit = largest ? "at most " + tenths(*largest) + " %" : "no part";
    const std::string remedy = largest ? "make it cover " + tenths(*largest) + " %" : "";
    const std::string other = level ? std::string("use level ") + encoding::letter_of(*level) : "";
    const std::string none = "use level H and a higher version, or no logo";
    return {"the logo would cover " + tenths(logo.area_percent) + " % of the code, and " + limit +
                " of version " + to_string(symbol.version()) + " with level " +
                encoding::letter_of(symbol.level()) + " can be spared",
            remedy.empty() && other.empty() ? none : remedy + (largest && level ? ", or " : "") + other};
}

/// What `misleads_alignment` is asked for: pictures without pixels are taken as they are drawn by default.
int pixels_of(const Picture& picture, const Drawing& drawing) {
    return has_pixels(drawing.format) ? grid_of(picture, drawing.scale).module : default_module_pixels;
}

Picture with_logo_area(const Picture& picture, double percent) {
    Style style = picture.style();
    style.logo = Logo{.image = picture.logo().image, .area_percent = percent};
    return Picture(picture.symbol(), std::move(style));
}

/// The next smaller share that is allowed and misleads nobody.
std::optional<double> harmless_area(const Picture& picture, const LogoBudget& budget, int module_pixels) {
    const Logo& logo = picture.logo();
    for (auto area = budget.largest_area(logo.image, logo.area_percent); area;
         area = budget.largest_area(logo.image, *area))
        if (!misleads_alignment(with_logo_area(picture, *area), module_pixels)) return area;
    return std::nullopt;
}

Fault alignment_fault(const Picture& picture, const LogoBudget& budget, int module_pixels) {
    const auto area = harmless_area(picture, budget, module_pixels);
    return {"a part of the logo resembles the alignment pattern under it, and some readers would be misled",
            (area ? "make it cover " + tenths(*area) + " %, or " : std::string()) +
                "use another version: 2 to 6 and 14 to 20 have no alignment pattern in the middle"};
}

std::optional<Fault> logo_fault(const Picture& picture, const Drawing& drawing) {
    const Symbol& symbol = picture.symbol();
    if (symbol.version().family == encoding::Family::micro)
        return Fault{"a Micro QR code can't spare any part for a logo", "use a QR code"};
    const Logo& logo = picture.logo();
    const Field field = logo_field_of(symbol, logo.image, logo.area_percent);
    if (field.width < 2 || field.height < 2)
        return Fault{"nothing of the logo would be seen: it gets " + std::to_string(field.width) + " x " +
                         std::to_string(field.height) + " modules, and half a module stays free around it",
                     "make it cover more of the code"};
    const LogoBudget budget(symbol);
    if (!budget.allows(field)) return budget_fault(symbol, budget, logo);
    const int module_pixels = pixels_of(picture, drawing);
    if (misleads_alignment(picture, module_pixels)) return alignment_fault(picture, budget, module_pixels);
    return std::nullopt;
}

}  // namespace

Picture with_harmless_logo(Picture picture, const Drawing& drawing) {
    const std::optional<Field> field = picture.logo_field();
    if (!field) return picture;
    const int module_pixels = pixels_of(picture, drawing);
    const int shorter = std::min(field->width, field->height);
    Logo logo = picture.logo();
    for (const double most = shorter / 4.0; logo.free_modules < most; logo.free_modules += 0.25) {
        Style style = picture.style();
        style.logo = logo;
        Picture smaller(picture.symbol(), std::move(style));
        if (!misleads_alignment(smaller, module_pixels)) return smaller;
    }
    return picture;
}

std::vector<Fault> faults_of(const Picture& picture, const Drawing& drawing) {
    std::vector<Fault> faults;
    const auto add = [&](std::optional<Fault> fault) {
        if (fault) faults.push_back(std::move(*fault));
    };
    add(contrast_fault(picture.style()));
    add(quiet_zone_fault(picture));
    if (has_pixels(drawing.format)) add(module_fault(grid_of(picture, drawing.scale).module));
    if (picture.style().logo) add(logo_fault(picture, drawing));
    return faults;
}

}  // namespace tocsin::qr::drawing
