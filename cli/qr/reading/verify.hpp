// SPDX-License-Identifier: Apache-2.0
// What an independent reader sees in a picture of codes, and how that differs from what was meant.
// Every function here may be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/qr/encoding/symbol.hpp"

namespace tocsin::cli::qr::reading {

/// What a symbol tells about itself, beside its text.
struct Traits {
    tocsin::qr::encoding::Family family = tocsin::qr::encoding::Family::qr;
    tocsin::qr::encoding::Level level = tocsin::qr::encoding::Level::low;  ///< of M1, which has none: low
    std::optional<int> eci{};  ///< the number of the character set that it announces; 26 is UTF-8
    tocsin::qr::encoding::Part part{};
};

Traits traits_of(const tocsin::qr::encoding::Symbol& symbol);

/// A symbol as it was read.
struct Reading {
    Traits traits;
    std::string bytes;  ///< as the symbol holds them: kanji in Shift JIS
    std::string text;   ///< what the reader takes them for, in UTF-8
};

/// The program that reads, which lies beside the running one.
std::string reader_program();

/// All symbols that `tocsin-qr-verify` finds in a PNG file, none when it finds none.
/// Throws an `Exit`: 69 (`unavailable`) when that program is not there, 74 when the system has no room for
/// it, 70 (`internal`) when it fails, or answers what can't be understood.
std::vector<Reading> read_back(std::string_view png, const std::string& program = reader_program());

/// What `tocsin-qr-verify` printed: a line of JSON for each symbol. Throws an `Exit` (70) when it is not
/// that.
std::vector<Reading> parse_readings(std::string_view lines);

/// What is held against the text that was meant: the bytes; or, when there are segments in kanji mode, whose
/// bytes are Shift JIS, what the reader takes them for.
enum class Compare { bytes, text };

/// How what was read differs from what was meant, in words that go on from `the code can't be verified: `;
/// nothing when it does not. `found` stands in the order of `meant`, one for each part; together they hold
/// `text`.
std::optional<std::string> difference(const std::vector<Reading>& found, const std::vector<Traits>& meant,
                                      std::string_view text, Compare compare);

}  // namespace tocsin::cli::qr::reading
