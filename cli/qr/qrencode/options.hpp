// SPDX-License-Identifier: Apache-2.0
// What tocsin-qrencode was asked to do.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>

#include "cli/qr/qrencode/drawing.hpp"
#include "common/qr/encoding/greedy.hpp"

namespace tocsin::cli::qr::qrencode {

struct QrencodeJob {
    std::optional<std::string> text{};
    std::optional<std::string> read_from{};  ///< standard input when there is neither; a text goes first
    enum class LineEnd { kept, dropped } line_end = LineEnd::kept;  ///< the last one of the text
    std::optional<std::string> output{};                            ///< standard output when not set, or `-`
    enum class Symbols { one, structured } symbols = Symbols::one;
    enum class Talk { none, files } talk = Talk::none;  ///< a line on standard error for each file
    tocsin::qr::encoding::GreedyOptions encoding{};
    QrencodeLook look{};
};

/// Help or the version instead of a symbol.
struct QrencodeText {
    std::string text;
};

/// Reads the words as getopt_long does: short options combined, long ones abbreviated, in any order with the
/// text, up to `--`. Throws `Error` (`invalid`) that names the option.
std::variant<QrencodeJob, QrencodeText> parse_qrencode(std::span<const char* const> words);

}  // namespace tocsin::cli::qr::qrencode
