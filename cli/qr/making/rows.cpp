// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/making/rows.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/core/error.hpp"

namespace tocsin::cli::qr::making {
namespace {

using core::Code;
using core::Error;
using Json = nlohmann::ordered_json;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The first of the usual separators that stands outside of quotes in the first line.
char separator_of(std::string_view text) noexcept {
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == ',' || c == ';' || c == '\t') return c;
        if (c == '\n' || c == '\r') break;
    }
    return ',';
}

/// Records of a CSV text, one after the other.
class Records {
 public:
    explicit Records(std::string_view text) noexcept : text_(text), separator_(separator_of(text)) {}

    /// False at the end. A record may span several lines.
    bool next(Row& row) {
        while (at_ < text_.size() && is_line_end(text_[at_])) end_line();
        if (at_ >= text_.size()) return false;
        row = {.line = line_};
        do {
            row.values.push_back(field(row.fault));
        } while (at_ < text_.size() && text_[at_] == separator_ && ++at_ > 0);
        if (at_ < text_.size()) end_line();
        return true;
    }

 private:
    static bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }

    void end_line() noexcept {
        if (text_.substr(at_, 2) == "\r\n") ++at_;
        ++at_;
        ++line_;
    }

    std::string field(std::string& fault) {
        if (at_ < text_.size() && text_[at_] == '"') return quoted(fault);
        const std::size_t start = at_;
        while (at_ < text_.size() && text_[at_] != separator_ && !is_line_end(text_[at_])) ++at_;
        return std::string(text_.substr(start, at_ - start));
    }

    std::string quoted(std::string& fault) {
        std::string value;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"' && text_.substr(at_ + 1, 1) != "\"") break;
            if (text_[at_] == '"') ++at_;
            if (text_[at_] == '\n') ++line_;
            value += text_[at_];
        }
        if (at_ >= text_.size())
            fault = "a quote is never closed";
        else
            ++at_;
        const std::size_t start = at_;
        while (at_ < text_.size() && text_[at_] != separator_ && !is_line_end(text_[at_])) ++at_;
        if (at_ > start && fault.empty())
            fault = "text follows a closing quote; quotes within quotes are doubled";
        return value;
    }

    std::string_view text_;
    char separator_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

std::string_view without_mark(std::string_view text) noexcept {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    return text;
}

void check_columns(const std::vector<std::string>& columns) {
    for (auto name = columns.begin(); name != columns.end(); ++name)
        if (std::find(columns.begin(), name, *name) != name)
            throw Error(Code::invalid, "the column '" + *name + "' stands in the header twice",
                        "give each column a name of its own")
                .at_line(1);
}

std::string value_of(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return {};
    return value.dump();
}

/// The place of a column, which is added when it is new.
std::size_t place(Table& table, const std::string& name) {
    if (const auto known = table.column(name)) return *known;
    table.columns.push_back(name);
    return table.columns.size() - 1;
}

Row row_of(std::string_view line, std::size_t number, Table& table) {
    Row row{.line = number};
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object()) {
        row.fault = "it is no JSON object";
        return row;
    }
    for (const auto& [name, value] : object.items()) {
        const std::size_t at = place(table, name);
        if (row.values.size() <= at) row.values.resize(at + 1);
        if (value.is_structured()) row.fault = "'" + name + "' is neither a text nor a number";
        if (row.fault.empty()) row.values[at] = value_of(value);
    }
    return row;
}

}  // namespace

std::optional<std::size_t> Table::column(std::string_view name) const noexcept {
    const auto found = std::ranges::find(columns, name);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

Table read_csv(std::string_view text) {
    Records records(without_mark(text));
    Row row;
    if (!records.next(row))
        throw Error(Code::invalid, "the table is empty", "begin it with a line of column names");
    if (!row.fault.empty())
        throw Error(Code::invalid, "the header: " + row.fault, "correct it").at_line(row.line);
    Table table{.columns = std::move(row.values), .rows = {}};
    check_columns(table.columns);
    while (records.next(row)) {
        if (row.fault.empty() && row.values.size() != table.columns.size())
            row.fault = "it has " + std::to_string(row.values.size()) + " fields, and the header has " +
                        std::to_string(table.columns.size());
        row.values.resize(table.columns.size());
        table.rows.push_back(std::move(row));
    }
    return table;
}

Table read_ndjson(std::string_view text) {
    text = without_mark(text);
    Table table;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        table.rows.push_back(row_of(line, number, table));
    }
    for (Row& row : table.rows) row.values.resize(table.columns.size());
    return table;
}

Table read_table(std::string_view text, std::string_view file_name) {
    const auto ends = [file_name](std::string_view ending) { return file_name.ends_with(ending); };
    const std::size_t first = without_mark(text).find_first_not_of(" \t\r\n");
    const bool begins_json = first != std::string_view::npos && without_mark(text)[first] == '{';
    if (ends(".ndjson") || ends(".jsonl") || ends(".json") || (!ends(".csv") && begins_json))
        return read_ndjson(text);
    return read_csv(text);
}

}  // namespace tocsin::cli::qr::making
