// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/making/sheet.hpp"

#include <cstdio>

#include "cli/output/files.hpp"
#include "cli/qr/making/delivery.hpp"
#include "cli/qr/making/design.hpp"
#include "cli/qr/making/row_source.hpp"
#include "common/qr/sheets/sheet.hpp"

namespace tocsin::cli::qr::making {
namespace {

namespace sheets = tocsin::qr::sheets;
using core::Error;
using core::Exit;
using core::ExitStatus;
using words::usage_error;

constexpr std::string_view examples =
    R"(The table is CSV with a line of column names, or a JSON object a line.
Print the sheet at its own size: no scaling, no 'fit to page'.

Examples:
  tocsin qr sheet machines.csv --preset L7160 --caption name -o labels.pdf
  tocsin qr sheet tickets.csv --grid 4x6 --cell 45x45 --cut-marks -o tickets.pdf
  tocsin qr sheet more.csv --preset L7163 --start 5 -o rest.pdf
  tocsin qr sheet --presets

Exit status: 0 done, 64 wrong usage, 65 rows were bad (the others are on the
sheet), 66 no such table, 73 the file can't be created, 74 reading or writing failed.
)";

struct SheetWords {
    std::optional<std::string> output;
    std::optional<std::string> preset;
    std::optional<std::string> grid;
    std::optional<std::string> cell;
    std::optional<std::string> margin;
    std::optional<std::string> gap;
    std::optional<std::string> page;
    std::optional<std::string> text;
    std::optional<std::string> caption;
    std::optional<std::string> font;
    std::optional<std::string> start;
    bool cut_marks = false;
    bool presets = false;
};

void declare(words::Options& options, SheetWords& into) {
    options.group("Sheet")
        .text("-o,--output", "FILE.pdf", into.output, "The file; - is standard output")
        .text("--preset", "NAME", into.preset, "The labels' number, as L7160")
        .flag("--presets", into.presets, "List the numbers that are known")
        .text("--grid", "COLSxROWS", into.grid, "Labels on a page, where no preset fits")
        .text("--cell", "WxH mm", into.cell, "Size of a label")
        .text("--margin", "N|LEFTxTOP mm", into.margin, "To the page's edges [in the middle]")
        .text("--gap", "N|ACROSSxDOWN mm", into.gap, "Between labels [0]")
        .text("--page", "SIZE", into.page, "a4, a5, letter or WxHmm [a4]")
        .text("--text", "COLUMN", into.text, "The column of texts [text, url, data, or the only one]")
        .text("--caption", "COLUMN", into.caption, "The column of captions [none]")
        .text("--font", "FILE.ttf", into.font, "The captions' font [DejaVu Sans]")
        .text("--start", "N", into.start, "The first label that is still there, by rows from 1")
        .flag("--cut-marks", into.cut_marks, "Hairlines to cut along");
}

sheets::LabelGrid grid_of(const SheetWords& words, std::string_view command) try {
    if (words.preset) {
        if (words.grid || words.cell || words.margin || words.gap || words.page)
            throw usage_error(command, "--preset and a grid of your own exclude each other");
        return sheets::label_grid_named(*words.preset);
    }
    if (!words.grid || !words.cell)
        throw usage_error(command,
                          "the sheet is not told: use --preset NAME, or --grid COLSxROWS with --cell WxHmm");
    return sheets::parse_label_grid({.grid = *words.grid,
                                     .cell = *words.cell,
                                     .margin = words.margin ? std::string_view(*words.margin) : "",
                                     .gap = words.gap ? std::string_view(*words.gap) : "",
                                     .page = words.page ? std::string_view(*words.page) : ""});
} catch (const Exit&) {
    throw;
} catch (const Error& error) {
    throw Exit(ExitStatus::usage, error.code(), error.what(), error.hint());
}

sheets::SheetOptions options_of(const SheetWords& words, const sheets::LabelGrid& grid,
                                std::string_view command) {
    sheets::SheetOptions options;
    if (words.font) options.font_file = *words.font;
    if (words.cut_marks) options.cut_marks = sheets::SheetOptions::CutMarks::on;
    if (words.start) options.start = whole_number(command, "--start", *words.start, 1, grid.labels());
    return options;
}

/// Where the columns are that a label is made of.
struct Columns {
    std::size_t text = 0;
    std::optional<std::size_t> caption{};
};

/// Why the label would not scan; empty when it would.
std::string fault_of(const drawing::Picture& picture, std::string_view caption, const sheets::Sheet& sheet) {
    std::vector<drawing::Fault> faults = sheet.faults_of(picture, caption);
    const drawing::Drawing drawing{.format = drawing::Format::pdf,
                                   .scale = {.width_mm = sheet.code_side_mm(caption)}};
    for (drawing::Fault& fault : drawing::faults_of(picture, drawing)) faults.push_back(std::move(fault));
    if (faults.empty()) return {};
    return "it would not scan: " + faults.front().what + "; " + faults.front().hint + ", or use --force";
}

void add(Row& row, const Columns& columns, const Design& design, sheets::Sheet& sheet) try {
    const std::string text = payload::with_case(row.values[columns.text], design.url_case);
    const drawing::Picture picture = drawing::with_harmless_logo(
        {encoding::Symbol::encode(text, design.encoding), design.style}, {.format = drawing::Format::pdf});
    const std::string caption = columns.caption ? row.values[*columns.caption] : std::string();
    if (const std::string fault = fault_of(picture, caption, sheet);
        !fault.empty() && design.unscannable == Unscannable::refuse) {
        row.fault = fault;
        return;
    }
    sheet.add(picture, caption);
} catch (const Error& error) {
    row.fault = fault_text(error);
}

std::string millimetres(double length) {
    std::string text(32, '\0');
    text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.2f", length)));
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text;
}

ExitStatus list_presets(output::Console& console) {
    for (const sheets::LabelSheet& sheet : sheets::label_sheets())
        console.out().line(std::string(sheet.name) + "\t" + std::string(sheet.manufacturer) + "\t" +
                           std::to_string(sheet.grid.columns) + " x " + std::to_string(sheet.grid.rows) +
                           "\t" + millimetres(sheet.grid.cell_width_mm) + " x " +
                           millimetres(sheet.grid.cell_height_mm) + " mm");
    return ExitStatus::ok;
}

void write(const std::string& file, std::string document, output::Console& console) {
    if (file != "-") return output::write_files({{file, std::move(document)}});
    console.out().write(document);
}

}  // namespace

ExitStatus make_sheet(const words::Line& line, output::Console& console) {
    DesignWords design_words;
    SheetWords words;
    words::Options options(line, {.words = "FILE.csv|FILE.ndjson|-",
                                  .summary = "Makes a PDF of labels to print, one for each row of a table.",
                                  .examples = examples});
    declare(options, words);
    declare_encoding(options, design_words);
    declare_style(options, design_words);
    const auto positional = options.read(console);
    if (!positional) return ExitStatus::ok;
    if (words.presets) return list_presets(console);
    if (!words.output || words.output->empty()) throw usage_error(line.command, "-o FILE.pdf is missing");
    if (*words.output == "-" && console.out().is_terminal())
        throw usage_error(line.command, "pdf is not for a terminal; use -o FILE.pdf, or a pipe");
    const sheets::LabelGrid grid = grid_of(words, line.command);
    const Design design = design_of(design_words, line.command);
    sheets::Sheet sheet(grid, options_of(words, grid, line.command));

    Table table = read_rows(*positional, line.command);
    const Columns columns{.text = text_column(table, words.text),
                          .caption = other_column(table, words.caption, "--caption", "")};
    if (columns.caption) sheet.read_font();
    for (Row& row : table.rows)
        if (row.fault.empty()) add(row, columns, design, sheet);
    const std::size_t faults = report_faults(table, line.command, console);
    if (sheet.labels() > 0) write(*words.output, sheet.finish(), console);
    if (sheet.cut_captions() > 0)
        console.say(line.command,
                    std::to_string(sheet.cut_captions()) + " captions were too long and end in an ellipsis");
    if (faults == 0 && sheet.labels() > 0) return ExitStatus::ok;
    console.say(line.command, std::to_string(sheet.labels()) + " labels were made, and " +
                                  std::to_string(faults) + (faults == 1 ? " row was" : " rows were") +
                                  " bad");
    return ExitStatus::data;
}

}  // namespace tocsin::cli::qr::making
