// SPDX-License-Identifier: Apache-2.0
// Columns of text for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/output/paint.hpp"
#include "common/core/sequence.hpp"

namespace tocsin::cli::output {

enum class Align { left, right };

struct Column {
    std::string_view title;
    Align align = Align::left;
};

class Table {
 public:
    /// Columns whose titles are all empty get no line of titles.
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    /// A cell for each column; control characters become visible.
    void add(std::vector<std::string> row);
    std::string text(const Paint& paint) const;

 private:
    std::string line(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) const;
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// `1234567` as `1,234,567`, whatever the locale.
std::string grouped(unsigned long long number);
/// With so many places behind the point, rounded.
std::string decimal_text(double number, int places);
/// `5`, or `5 to 9`.
std::string range_text(core::SequenceRange range);
/// Bytes as `12.3 MiB`.
std::string bytes_text(unsigned long long bytes);
/// Seconds as `3d 4h`, `5m 6s`.
std::string span_text(unsigned long long seconds);

}  // namespace tocsin::cli::output
