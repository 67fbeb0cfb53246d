// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/making/design.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "cli/output/files.hpp"
#include "common/core/text.hpp"
#include "common/qr/drawing/png.hpp"

namespace tocsin::cli::qr::making {
namespace {

using core::Error;
using core::Exit;
using core::ExitStatus;
using words::usage_error;

constexpr std::size_t max_logo_bytes = 16U << 20;

template <class Value>
using Names = std::array<std::pair<std::string_view, Value>, 3>;

constexpr Names<encoding::Eci> ecis{
    {{"auto", encoding::Eci::automatic}, {"always", encoding::Eci::always}, {"never", encoding::Eci::never}}};
constexpr Names<drawing::Shape> shapes{
    {{"square", drawing::Shape::square}, {"round", drawing::Shape::round}, {"dots", drawing::Shape::dots}}};

template <class Value>
Value one_of(std::string_view command, const std::string& option, const std::string& word,
             const Names<Value>& names) {
    for (const auto& [name, value] : names)
        if (word == name) return value;
    throw usage_error(command, option + " is " + std::string(names[0].first) + ", " +
                                   std::string(names[1].first) + " or " + std::string(names[2].first) +
                                   ", not '" + word + "'");
}

std::optional<double> real_number(std::string_view text) noexcept {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

encoding::Level level_of(std::string_view command, const std::string& word) {
    if (const auto level = encoding::level_named(word)) return *level;
    throw usage_error(command, "--level is L, M, Q or H, not '" + word + "'");
}

encoding::Options encoding_of(const DesignWords& words, std::string_view command) {
    encoding::Options options;
    if (words.level)
        options.level = level_of(command, *words.level);
    else if (words.logo)
        options.level = encoding::Level::high;  // a logo is damage that must be corrected
    if (words.no_boost) options.boost = encoding::Boost::off;
    if (words.eci) options.eci = one_of(command, "--eci", *words.eci, ecis);
    if (words.micro) options.family = encoding::Family::micro;
    const int last = encoding::last_version(options.family);
    if (words.min_version)
        options.min_version = whole_number(command, "--min-version", *words.min_version, 1, last);
    if (words.max_version)
        options.max_version = whole_number(command, "--max-version", *words.max_version, 1, last);
    return options;
}

drawing::Colour colour_of(const std::string& option, const std::string& word) try {
    return drawing::parse_colour(word);
} catch (const Error& error) {
    throw Exit(ExitStatus::usage, error.code(), option + ": " + error.what(), error.hint());
}

/// 300, 300px or 30mm.
void read_width(std::string_view command, const std::string& word, drawing::Scale& scale) {
    std::string_view number = word;
    const bool millimetres = number.ends_with("mm");
    if (millimetres || number.ends_with("px")) number.remove_suffix(2);
    const auto value = real_number(number);
    const auto pixels = core::parse_number<int>(number);
    if (millimetres && value && *value > 0 && *value <= 10'000)
        scale.width_mm = *value;
    else if (!millimetres && pixels && *pixels > 0)
        scale.width_pixels = *pixels;
    else
        throw usage_error(
            command, "--width is a number of pixels or of millimetres, as 300 or 30mm, not '" + word + "'");
}

drawing::Scale scale_of(const DesignWords& words, std::string_view command) {
    drawing::Scale scale;
    if (words.size && words.width) throw usage_error(command, "--size and --width exclude each other");
    if (words.size) scale.module_pixels = whole_number(command, "--size", *words.size, 1, 1'000'000'000);
    if (words.width) read_width(command, *words.width, scale);
    if (words.dpi) scale.dpi = whole_number(command, "--dpi", *words.dpi, 1, 100'000);
    return scale;
}

drawing::Logo logo_of(const std::string& file, const DesignWords& words, std::string_view command) {
    drawing::Logo logo;
    if (words.logo_area) {
        std::string_view number = *words.logo_area;
        if (number.ends_with('%')) number.remove_suffix(1);
        const auto area = real_number(number);
        if (!area || *area <= 0 || *area > 100)
            throw usage_error(
                command, "--logo-area is a percentage of the code's area, not '" + *words.logo_area + "'");
        logo.area_percent = *area;
    }
    const std::string bytes = output::read_file(file, max_logo_bytes);
    try {
        logo.image = drawing::read_png(bytes);
    } catch (const Error& error) {
        throw Exit(ExitStatus::data, error.code(), "the logo '" + file + "': " + error.what(), error.hint());
    }
    return logo;
}

drawing::Style style_of(const DesignWords& words, std::string_view command) {
    drawing::Style style;
    if (words.quiet_zone)
        style.quiet_zone = whole_number(command, "--quiet-zone", *words.quiet_zone, 0, 1000);
    if (words.foreground) style.foreground = colour_of("--foreground", *words.foreground);
    if (words.background) style.background = colour_of("--background", *words.background);
    if (words.modules) style.shape = one_of(command, "--modules", *words.modules, shapes);
    if (words.logo)
        style.logo = logo_of(*words.logo, words, command);
    else if (words.logo_area)
        throw usage_error(command, "--logo-area is of no use without --logo");
    return style;
}

}  // namespace

int whole_number(std::string_view command, std::string_view option, const std::string& text, int least,
                 int most) {
    const auto number = core::parse_number<int>(text);
    if (number && *number >= least && *number <= most) return *number;
    throw usage_error(command, std::string(option) + " is a number from " + std::to_string(least) + " to " +
                                   std::to_string(most) + ", not '" + text + "'");
}

void declare_encoding(words::Options& options, DesignWords& into) {
    options.group("Encoding")
        .text("-l,--level", "L|M|Q|H", into.level, "Restores at least 7, 15, 25, 30 % [M; with a logo H]")
        .flag("--no-boost", into.no_boost, "Keep that level, even where a higher one has room")
        .text("--eci", "auto|always|never", into.eci, "Announce UTF-8 [auto: when there is more than ASCII]")
        .flag("--micro", into.micro, "Make a Micro QR code, M1 to M4")
        .text("--min-version", "N", into.min_version, "The smallest size, 1 to 40 (Micro: 1 to 4)")
        .text("--max-version", "N", into.max_version, "The largest size")
        .text("--url-case", "keep|safe|max", into.url_case,
              "Capitals take less room; safe: host, max: all [keep]");
}

void declare_format(words::Options& options, DesignWords& into) {
    options.group("Drawing")
        .text("-t,--type", "TYPE", into.type, "The format, when the file's ending does not tell it")
        .text("--size", "N", into.size, "Pixels a module [8]")
        .text("--width", "N|Nmm", into.width, "Pixels or millimetres of the whole picture")
        .text("--dpi", "N", into.dpi, "Pixels an inch, for millimetres and points [300]")
        .flag("--inline", into.inline_svg, "SVG to stand inside of HTML")
        .text("--class", "NAME", into.css_class, "SVG: the class of the picture")
        .text("--title", "TEXT", into.title, "SVG: a text for those who can't see the picture");
}

void declare_style(words::Options& options, DesignWords& into) {
    options.group("Drawing")
        .text("--quiet-zone", "N", into.quiet_zone, "Light modules around the code [4; Micro: 2]")
        .text("--foreground", "RRGGBB[AA]", into.foreground, "Colour of dark modules [000000]")
        .text("--background", "RRGGBB[AA]", into.background, "Colour of light modules [ffffff]")
        .text("--modules", "square|round|dots", into.modules, "Shape of the modules [square]")
        .text("--logo", "FILE.png", into.logo, "Put a picture into the middle")
        .text("--logo-area", "P", into.logo_area, "Percent of the code that it takes [10]")
        .flag("--force", into.force, "Only warn of what will not scan");
}

Design design_of(const DesignWords& words, std::string_view command) {
    Design design{.encoding = encoding_of(words, command),
                  .style = style_of(words, command),
                  .scale = scale_of(words, command)};
    if (words.url_case) {
        const auto named = payload::url_case_named(*words.url_case);
        if (!named)
            throw usage_error(command, "--url-case is keep, safe or max, not '" + *words.url_case + "'");
        design.url_case = *named;
    }
    if (words.type) {
        design.format = drawing::format_named(*words.type);
        if (!design.format)
            throw usage_error(
                command, "there is no format '" + *words.type + "'; there are " + drawing::format_names());
    }
    if (words.inline_svg) design.svg.prolog = drawing::SvgWords::Prolog::without;
    design.svg.css_class = words.css_class.value_or("");
    design.svg.title = words.title.value_or("");
    if (words.force) design.unscannable = Unscannable::warn;
    return design;
}

void check_format(const DesignWords& words, drawing::Format format, std::string_view command) {
    const std::string name(drawing::name_of(format));
    if (format != drawing::Format::svg && (words.inline_svg || words.css_class || words.title))
        throw usage_error(command, "--inline, --class and --title are for svg, and this is " + name);
    const bool has_pixels =
        !drawing::is_text(format) || format == drawing::Format::sixel || format == drawing::Format::kitty;
    if (!has_pixels && (words.size || words.width || words.dpi))
        throw usage_error(command, "--size, --width and --dpi are for pictures, and " + name + " is text");
}

}  // namespace tocsin::cli::qr::making
