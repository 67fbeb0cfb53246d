// SPDX-License-Identifier: Apache-2.0
// The output formats, and one door to all of their writers.
// Every function here may be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/qr/drawing/picture.hpp"
#include "common/qr/drawing/scale.hpp"

namespace tocsin::qr::drawing {

enum class Format {
    png,
    svg,
    eps,
    pdf,
    xpm,
    pbm,
    ppm,
    ascii,
    ascii_inverted,
    ansi,
    ansi256,
    utf8,
    utf8_inverted,
    ansi_utf8,
    ansi_utf8_inverted,
    ansi256_utf8,
    sixel,
    kitty,
};

/// As `-t` takes it: `png`, `asciii`, `ansi256utf8`, …
std::string_view name_of(Format format) noexcept;
/// The inverse of `name_of`, in any case; nothing for another word.
std::optional<Format> format_named(std::string_view name) noexcept;
/// The format of a file of this name, by its ending (`.png`, `.svg`, …; `.txt` is utf8). Nothing when it has
/// none of these.
std::optional<Format> format_of_file(std::string_view name);
/// What a file of this format ends in, without the dot: `png`, `svg`, `txt`.
std::string_view ending_of(Format format) noexcept;
/// `ascii, ansi, …`: all names in one line, for messages.
std::string format_names();

/// True when the format is made of characters for a terminal, or drawn by one.
bool is_text(Format format) noexcept;

struct SvgWords {
    enum class Prolog { with, without } prolog = Prolog::with;  ///< without: to stand inside of HTML
    std::string css_class;
    std::string title;
};

struct Drawing {
    Format format = Format::png;
    Scale scale{};
    SvgWords svg{};
};

/// The picture as a file of that format.
/// Throws `Error`: `invalid` when the format can't show the style (colours in PBM, a logo on a terminal, …).
std::string draw(const Picture& picture, const Drawing& drawing);

/// Why a picture could not be read by a camera or a decoder, and what to do about it.
struct Fault {
    std::string what;
    std::string hint;
};

/// The picture; when its logo resembles an alignment pattern that it covers, with the logo drawn a little
/// smaller within its place, so that it misleads no reader, if that helps.
Picture with_harmless_logo(Picture picture, const Drawing& drawing);

/// Everything about a picture that would keep readers from it: contrast, quiet zone, size of modules, logo.
std::vector<Fault> faults_of(const Picture& picture, const Drawing& drawing);

}  // namespace tocsin::qr::drawing
