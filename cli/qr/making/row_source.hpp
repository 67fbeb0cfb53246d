// SPDX-License-Identifier: Apache-2.0
// The rows that `batch` and `sheet` make codes from, and what becomes of those that are at fault.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "cli/output/console.hpp"
#include "cli/qr/making/rows.hpp"
#include "cli/words/options.hpp"

namespace tocsin::cli::qr::making {

/// Reads the one file that the positional words name. Throws an `Exit` (64, 66, 74), or 65 for a broken
/// table.
Table read_rows(const std::vector<std::string>& positional, std::string_view command);

/// The column of this name, or with none named the first of the usual names that there is, or the only
/// column. Throws an `Exit` (65) that lists the columns.
std::size_t text_column(const Table& table, const std::optional<std::string>& named);

/// The column of this name; with none named the usual one, if there is one. Throws an `Exit` (65).
std::optional<std::size_t> other_column(const Table& table, const std::optional<std::string>& named,
                                        std::string_view option, std::string_view usual);

/// Tells `line N: …` of each row at fault. How many there are.
std::size_t report_faults(const Table& table, std::string_view command, output::Console& console);

/// `what; hint` of an error, for a row's fault.
std::string fault_text(const core::Error& error);

}  // namespace tocsin::cli::qr::making
