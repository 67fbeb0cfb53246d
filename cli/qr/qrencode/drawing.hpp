// SPDX-License-Identifier: Apache-2.0
// Symbols as qrencode draws them.
// Every function here may be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/qr/drawing/style.hpp"
#include "common/qr/encoding/symbol.hpp"

namespace tocsin::cli::qr::qrencode {

enum class QrencodeType {
    png,
    png32,
    eps,
    svg,
    xpm,
    ansi,
    ansi256,
    ascii,
    ascii_inverted,
    utf8,
    utf8_inverted,
    ansi_utf8,
    ansi_utf8_inverted,
    ansi256_utf8,
};

/// As `--type` takes it, in any case; nothing for another word.
std::optional<QrencodeType> qrencode_type_named(std::string_view name);
/// `PNG, PNG32, …`: all names in one line, for messages.
std::string qrencode_type_names();

/// The ending that the files of structured symbols keep: `.png`, `.txt`, …
std::string_view ending_of(QrencodeType type) noexcept;
/// True when the type is bytes that no terminal shows: qrencode does not send it there unasked.
bool needs_output_name(QrencodeType type) noexcept;

struct QrencodeLook {
    QrencodeType type = QrencodeType::png;
    int module_pixels = 3;        ///< 1 or more; types made of characters have no pixels
    std::optional<int> margin{};  ///< modules; 4 when not set, 2 around Micro QR codes
    int dpi = 72;                 ///< in PNG and SVG; 0: unknown
    tocsin::qr::drawing::Colour foreground = tocsin::qr::drawing::black;
    tocsin::qr::drawing::Colour background = tocsin::qr::drawing::white;
    enum class Runs { split, joined } runs = Runs::split;                   ///< modules side by side, in SVG
    enum class Element { rectangles, path } element = Element::rectangles;  ///< in SVG
    enum class Prolog { with, without } prolog = Prolog::with;              ///< in SVG
};

/// The symbol as a file of the type.
/// Throws `Error` (`too_large`) when it would have too many pixels.
std::string draw_as_qrencode(const tocsin::qr::encoding::Symbol& symbol, const QrencodeLook& look);

}  // namespace tocsin::cli::qr::qrencode
