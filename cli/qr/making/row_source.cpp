// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/making/row_source.hpp"

#include <array>

#include "cli/output/files.hpp"
#include "common/core/exit_status.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::qr::making {
namespace {

using core::Code;
using core::Error;
using core::Exit;
using core::ExitStatus;

constexpr std::size_t max_table_bytes = 1U << 30;
constexpr std::array<std::string_view, 3> usual_texts{"text", "url", "data"};

std::size_t column_named(const Table& table, const std::string& name, std::string_view option) {
    if (const auto found = table.column(name)) return *found;
    throw Exit(ExitStatus::data, Code::invalid,
               std::string(option) + ": the table has no column '" + name + "'",
               "it has " + core::joined(table.columns));
}

}  // namespace

Table read_rows(const std::vector<std::string>& positional, std::string_view command) {
    if (positional.size() != 1)
        throw words::usage_error(command, positional.empty()
                                              ? "there is no table: name a CSV or NDJSON file, or -"
                                              : "there is more than one table");
    const std::string& name = positional.front();
    const std::string text = output::read_file(name, max_table_bytes);
    try {
        return read_table(text, name);
    } catch (const Error& error) {
        throw Exit(ExitStatus::data, error.code(), "'" + name + "': " + error.what(), error.hint());
    }
}

std::size_t text_column(const Table& table, const std::optional<std::string>& named) {
    if (named) return column_named(table, *named, "--text");
    for (const std::string_view usual : usual_texts)
        if (const auto found = table.column(usual)) return *found;
    if (table.columns.size() == 1) return 0;
    throw Exit(ExitStatus::data, Code::invalid, "the table has no column 'text'",
               table.columns.empty() ? std::string("give it one")
                                     : "name one of its columns with --text: " + core::joined(table.columns));
}

std::optional<std::size_t> other_column(const Table& table, const std::optional<std::string>& named,
                                        std::string_view option, std::string_view usual) {
    if (named) return column_named(table, *named, option);
    return table.column(usual);
}

std::size_t report_faults(const Table& table, std::string_view command, output::Console& console) {
    std::size_t count = 0;
    for (const Row& row : table.rows) {
        if (row.fault.empty()) continue;
        console.say(command, "line " + std::to_string(row.line) + ": " + row.fault);
        ++count;
    }
    return count;
}

std::string fault_text(const core::Error& error) {
    return error.hint().empty() ? error.what() : std::string(error.what()) + "; " + error.hint();
}

}  // namespace tocsin::cli::qr::making
