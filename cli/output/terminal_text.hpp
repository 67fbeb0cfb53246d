// SPDX-License-Identifier: Apache-2.0
// Text on a terminal: how wide it is, how it is cut, and what must never reach the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::cli::output {

/// The text with control characters (C0, DEL, C1) and bytes that are not UTF-8 as `\u00XX`, so that what
/// others wrote cannot steer the reader's terminal.
std::string printable(std::string_view text);

/// The same, but line feeds and tabs stay.
std::string printable_lines(std::string_view text);

/// Columns that UTF-8 text takes: two for East Asian wide characters and emoji, none for combining marks.
std::size_t columns_of(std::string_view text);

/// The text cut to so many columns, with `…` at the cut. 0 columns: not cut.
std::string cut_to(std::string_view text, std::size_t columns);

}  // namespace tocsin::cli::output
