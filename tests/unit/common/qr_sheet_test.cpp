// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/core/error.hpp"
#include "common/qr/sheets/sheet.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/common/qr_shapes.hpp"

namespace tocsin::qr::sheets {
namespace {

using namespace drawing;

using readback::between;
using readback::count;
using readback::Operation;

constexpr double rounding_mm = 0.2;  // of the measures in the table, over a whole page

Picture picture_of(const std::string& text) { return {encoding::Symbol::encode(text, {}), {}}; }

/// What is thrown, as `what; hint`, or nothing.
template <class Call>
std::string refusal(const Call& call) {
    try {
        call();
    } catch (const core::Error& error) {
        return std::string(error.what()) + "; " + error.hint();
    }
    return {};
}

void expect_words(const std::string& text, const std::vector<std::string>& words) {
    for (const std::string& word : words)
        EXPECT_NE(text.find(word), std::string::npos) << word << " in: " << text;
}

Typeface face() { return Typeface::read(std::string(default_font_file)); }

TEST(LabelSheets, FitOnTheirPages) {
    EXPECT_GE(label_sheets().size(), 10U);
    for (const LabelSheet& sheet : label_sheets()) {
        const LabelGrid& grid = sheet.grid;
        EXPECT_EQ(refusal([&] { check(grid); }), "") << sheet.name;
        EXPECT_GE(grid.pitch_x_mm, grid.cell_width_mm) << sheet.name;
        EXPECT_GE(grid.pitch_y_mm, grid.cell_height_mm) << sheet.name;
        const double right =
            grid.page_width_mm - grid.left_mm - (grid.columns - 1) * grid.pitch_x_mm - grid.cell_width_mm;
        const double bottom =
            grid.page_height_mm - grid.top_mm - (grid.rows - 1) * grid.pitch_y_mm - grid.cell_height_mm;
        EXPECT_NEAR(grid.left_mm, right, rounding_mm) << sheet.name;
        EXPECT_NEAR(grid.top_mm, bottom, rounding_mm) << sheet.name;
        EXPECT_EQ(label_grid_named(sheet.name), grid);
    }
}

TEST(LabelSheets, AreFoundAsTheyStandOnTheBox) {
    const LabelGrid grid = label_grid_named("L7160");
    EXPECT_EQ(grid.labels(), 21);
    EXPECT_EQ(grid.cell_width_mm, 63.5);
    for (const char* name : {"l7160", "Avery L7160", "avery-zweckform_L7160-100"})
        EXPECT_EQ(label_grid_named(name), grid);
    EXPECT_DOUBLE_EQ(label_grid_named("5163").page_width_mm, 215.9);
    EXPECT_EQ(label_grid_named("herma 4270").labels(), 65);
    expect_words(refusal([] { label_grid_named("L7165x"); }), {"'L7165x'", "is L7165 meant?", "--grid"});
    expect_words(refusal([] { label_grid_named("nothing"); }), {"5160, 5161", "8831", "--grid"});
    EXPECT_NE(refusal([] { label_grid_named(""); }), "");
    EXPECT_NE(refusal([] { label_grid_named("avery"); }), "");
}

TEST(LabelGrid, IsReadFromWords) {
    const LabelGrid grid = parse_label_grid(
        {.grid = "3x7", .cell = "63.5x38.1mm", .margin = "7.2x15.15mm", .gap = "2.54x0", .page = {}});
    EXPECT_EQ(grid, label_grid_named("L7160"));
    const LabelGrid middle =
        parse_label_grid({.grid = "2x2", .cell = "2x1in", .margin = {}, .gap = "1cm", .page = "120x80mm"});
    EXPECT_DOUBLE_EQ(middle.cell_width_mm, 50.8);
    EXPECT_DOUBLE_EQ(middle.pitch_y_mm, 35.4);
    EXPECT_DOUBLE_EQ(middle.top_mm, (80 - 25.4 - 35.4) / 2);
}

TEST(LabelGrid, RefusesWhatDoesNotFit) {
    const auto refused = [](const GridWords& words) { return refusal([&] { parse_label_grid(words); }); };
    const auto grid = [](std::string_view count, std::string_view cell, std::string_view margin = {},
                         std::string_view page = {}) {
        return GridWords{.grid = count, .cell = cell, .margin = margin, .page = page};
    };
    EXPECT_EQ(refused(grid("3x8", "70x37mm", "0x0.5mm")), "");
    expect_words(refused(grid("4x8", "70x37mm")), {"4 columns", "280 mm", "210 mm wide", "fewer columns"});
    expect_words(refused(grid("3x8", "70x37mm", "0x5mm")), {"8 rows", "301 mm", "297 mm high"});
    expect_words(refused(grid("0x8", "70x37mm")), {"0 columns", "1 to 100"});
    expect_words(refused(grid("3x8", "70x4.5mm")), {"4.5 mm high", "5 mm"});
    for (const char* bad : {"", "3", "3x", "x3", "3x8x2", "3.5x8", "axb"})
        expect_words(refused(grid(bad, "20x20")), {"no grid", "--grid 3x7"});
    for (const char* bad : {"", "x", "20x", "20mm30", "nanx20", "infx20", "-20x20", "20x20px", "1e5x20"})
        expect_words(refused(grid("1x1", bad)), {"--cell"});
    expect_words(refused(grid("1x1", "20x20", "5x5", "b5")), {"'b5'", "letter"});
    LabelGrid overlapping = label_grid_named("L7160");
    overlapping.pitch_x_mm = 60;
    expect_words(refusal([&] { check(overlapping); }), {"overlap", "63.5 mm", "60 mm"});
}

TEST(LabelLayout, GivesTheCodeAllTheRoom) {
    const LabelLayout alone = layout_label(63.5, 38.1, 1);
    EXPECT_DOUBLE_EQ(alone.code.width, 36.1);
    EXPECT_DOUBLE_EQ(alone.code.x * 2 + alone.code.width, 63.5);
    const LabelLayout wide = layout_captioned_label(63.5, 38.1, 1);
    EXPECT_EQ(wide.place, LabelLayout::Caption::beside);
    EXPECT_DOUBLE_EQ(wide.code.width, 36.1);
    EXPECT_DOUBLE_EQ(wide.caption.x + wide.caption.width, 62.5);
    const LabelLayout square = layout_captioned_label(40, 40, 1);
    EXPECT_EQ(square.place, LabelLayout::Caption::below);
    EXPECT_GT(square.code.width, 33);
    EXPECT_DOUBLE_EQ(square.caption.y + square.caption.height, 39);
}

TEST(LabelLayout, KeepsEverythingInsideOfItsPadding) {
    for (const LabelSheet& sheet : label_sheets()) {
        const double width = sheet.grid.cell_width_mm;
        const double height = sheet.grid.cell_height_mm;
        for (const LabelLayout& full :
             {layout_label(width, height, 1), layout_captioned_label(width, height, 1)}) {
            const LabelLayout layout =
                full.place == LabelLayout::Caption::none ? full : fitted(full, full.caption.height / 2);
            EXPECT_GT(layout.code.width, 5) << sheet.name;
            for (const Box& box : {layout.code, layout.caption}) {
                if (box.width == 0) continue;
                EXPECT_GE(box.x, 1 - 1e-9) << sheet.name;
                EXPECT_GE(box.y, 1 - 1e-9) << sheet.name;
                EXPECT_LE(box.x + box.width, width - 1 + 1e-9) << sheet.name;
                EXPECT_LE(box.y + box.height, height - 1 + 1e-9) << sheet.name;
            }
            if (layout.place == LabelLayout::Caption::beside) {
                EXPECT_GE(layout.caption.x, layout.code.x + layout.code.width);
            } else if (layout.place == LabelLayout::Caption::below) {
                EXPECT_GE(layout.caption.y, layout.code.y + layout.code.height);
            }
        }
    }
}

TEST(Typeface, KnowsItsCharacters) {
    const Typeface sans = face();
    for (const char32_t character : U"AzÄß€…Ωж→") {
        if (character != 0) {
            EXPECT_TRUE(sans.has(character)) << static_cast<std::uint32_t>(character);
        }
    }
    EXPECT_FALSE(sans.has(U'日'));
    EXPECT_FALSE(sans.has(U'\x1F389'));
    EXPECT_FALSE(sans.has(0xFFFF));
    EXPECT_GT(sans.width(U'W'), sans.width(U'i'));
    EXPECT_NEAR(sans.width(U'0'), 0.636, 0.001);
    EXPECT_NEAR(sans.width(U"000"), 3 * sans.width(U'0'), 1e-9);
    EXPECT_NEAR(sans.ascent() + sans.descent(), 1.164, 0.01);
    EXPECT_EQ(utf8_of(characters_of("aÄ€🎉")), "aÄ€🎉");
}

TEST(Typeface, RefusesOtherFiles) {
    const tests::TemporaryFolder folder;
    const std::string file = (folder.path() / "font.ttf").string();
    const auto refused = [&](const std::string& bytes) {
        std::ofstream(file, std::ios::binary) << bytes;
        return refusal([&] { Typeface::read(file); });
    };
    expect_words(refusal([&] { Typeface::read(file + "x"); }), {"no font file", "fonts-dejavu-core"});
    expect_words(refusal([&] { Typeface::read("/dev/zero"); }), {"no font file"});
    expect_words(refused(""), {"is damaged"});
    expect_words(refused("OTTO and more"), {"no TrueType font", ".ttf"});
    std::ifstream stream(std::string(default_font_file), std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(refused(whole), "");
    for (std::size_t size = 4; size < 3000; size += 7) EXPECT_NE(refused(whole.substr(0, size)), "") << size;
}

TEST(Caption, FillsTheRoomOnFewLines) {
    const Typeface sans = face();
    const Caption shorter = set_caption("Item 7", sans, 100, 60);
    EXPECT_EQ(shorter.lines, std::vector<std::string>{"Item 7"});
    EXPECT_EQ(shorter.size, largest_letters);
    const Caption wrapped = set_caption("  Shelf 12,\tbin 7 \n second line ", sans, 60, 60);
    EXPECT_EQ(wrapped.lines, (std::vector<std::string>{"Shelf 12,", "bin 7", "second line"}));
    const Caption low = set_caption("Shelf 12, bin 7", sans, 60, 14);
    EXPECT_EQ(low.lines.size(), 1U) << "smaller letters, since there is room for one line";
    EXPECT_LT(low.size, largest_letters);
    const Caption address = set_caption("https://example.com/shelf/12", sans, 80, 60);
    EXPECT_EQ(address.lines, (std::vector<std::string>{"https://", "example.com/", "shelf/12"}));
    EXPECT_TRUE(set_caption(" \n\t", sans, 50, 50).lines.empty());
}

TEST(Caption, FitsAtEverySize) {
    const Typeface sans = face();
    const std::string text =
        "Straße der Kosmonauten 17, Lager Süd — https://example.com/warehouse/Donaudampfschiffahrt";
    std::string joined = text;
    std::erase(joined, ' ');
    for (double width = 20; width < 300; width += 7)
        for (double height = 6; height < 80; height += 9) {
            const Caption caption = set_caption(text, sans, width, height);
            ASSERT_FALSE(caption.lines.empty());
            ASSERT_LE(caption.lines.size(), most_lines);
            EXPECT_LE(static_cast<double>(caption.lines.size()) * line_height(sans, caption.size),
                      height + 1e-6);
            std::string all;
            for (const std::string& line : caption.lines) {
                EXPECT_LE(sans.width(characters_of(line)) * caption.size, width + 1e-6) << line;
                all += line;
            }
            std::erase(all, ' ');
            if (caption.end == Caption::End::whole) {
                EXPECT_EQ(all, joined);
            } else {
                EXPECT_TRUE(all.ends_with("…")) << all;
                EXPECT_TRUE(joined.starts_with(all.substr(0, all.size() - 3))) << all;
            }
        }
}

TEST(Caption, CutsWhatIsMuchTooLong) {
    const Typeface sans = face();
    for (const std::string& text : {std::string(3'000'000, 'x'), "a" + std::string(1'000'000, ' ') + "b"}) {
        const Caption caption = set_caption(text, sans, 100, 30);
        EXPECT_EQ(caption.lines.size(), text.front() == 'x' ? 5U : 1U);
        EXPECT_EQ(caption.end, text.front() == 'x' ? Caption::End::cut : Caption::End::whole);
    }
    std::string lines;
    for (int i = 0; i < 100'000; ++i) lines += "line\n";
    EXPECT_EQ(set_caption(lines, sans, 100, 30).lines.back(), "line…");
}

TEST(Caption, NamesWhatTheFontLacks) {
    const Typeface sans = face();
    expect_words(refusal([&] { set_caption("Tür 日 🎉", sans, 90, 30); }),
                 {"日 (U+65E5)", "🎉 (U+1F389)", "font"});
    expect_words(refusal([&] { set_caption("a\x07", sans, 90, 30); }), {"lacks (U+0007)"});
    expect_words(refusal([&] { set_caption("日本語文字列", sans, 90, 30); }), {"and 1 more"});
    expect_words(refusal([&] { set_caption("\xff", sans, 90, 30); }), {"UTF-8"});
}

/// Where each code lies: its corner and side in millimetres from the page's upper left corner.
std::vector<Box> codes_of(const std::vector<Operation>& page, double page_height_mm, int across) {
    std::vector<Box> boxes;
    for (const Operation& step : page)
        if (step.name == "cm") {
            const double side = step.operands.at(0) * across / points_per_mm;
            boxes.push_back({step.operands.at(4) / points_per_mm,
                             page_height_mm - step.operands.at(5) / points_per_mm, side, side});
        }
    return boxes;
}

/// The pages' operators, in their order.
std::vector<std::vector<Operation>> pages_of(const std::string& pdf) {
    std::vector<std::vector<Operation>> pages;
    for (const std::string& stream : readback::streams_of(pdf))
        if (stream.find(" cm\n") != std::string::npos) pages.push_back(readback::operations_of(stream));
    return pages;
}

TEST(Sheet, PutsEveryCodeIntoItsLabel) {
    for (const LabelSheet& one : label_sheets()) {
        const LabelGrid& grid = one.grid;
        Sheet sheet(grid, {});
        const Picture picture = picture_of("7");
        for (int i = 0; i < grid.labels(); ++i) sheet.add(picture, {});
        const auto pages = pages_of(sheet.finish());
        ASSERT_EQ(pages.size(), 1U);
        const auto boxes = codes_of(pages[0], grid.page_height_mm, picture.across());
        ASSERT_EQ(boxes.size(), static_cast<std::size_t>(grid.labels()));
        for (int i = 0; i < grid.labels(); ++i) {
            const Box& box = boxes[static_cast<std::size_t>(i)];
            const double x = grid.left_mm + i % grid.columns * grid.pitch_x_mm + grid.cell_width_mm / 2;
            const double y = grid.top_mm + i / grid.columns * grid.pitch_y_mm + grid.cell_height_mm / 2;
            EXPECT_NEAR(box.x + box.width / 2, x, 0.02) << one.name << " label " << i;
            EXPECT_NEAR(box.y + box.height / 2, y, 0.02) << one.name << " label " << i;
            EXPECT_NEAR(box.width, std::min(grid.cell_width_mm, grid.cell_height_mm) - 2, 0.02) << one.name;
        }
    }
}

TEST(Sheet, StartsBehindUsedLabelsAndBreaksPages) {
    const LabelGrid grid = label_grid_named("L7160");
    Sheet sheet(grid, {.start = 20});
    for (int i = 0; i < 25; ++i) sheet.add(picture_of("code " + std::to_string(i)), {});
    EXPECT_EQ(sheet.labels(), 25U);
    EXPECT_EQ(sheet.pages(), 3U);
    const std::string pdf = sheet.finish();
    EXPECT_EQ(count(pdf, "/Type /Page\n"), 3U);
    const auto pages = pages_of(pdf);
    ASSERT_EQ(pages.size(), 3U);
    std::vector<std::size_t> counts;
    for (const auto& page : pages) counts.push_back(codes_of(page, 297, 29).size());
    EXPECT_EQ(counts, (std::vector<std::size_t>{2, 21, 2}));
    const Box first = codes_of(pages[0], 297, 29).front();  // label 20: second column, last row
    EXPECT_NEAR(first.x, 7.2 + 66.04 + (63.5 - 36.1) / 2, 0.02);
    EXPECT_NEAR(first.y, 15.15 + 6 * 38.1 + 1, 0.02);
}

TEST(Sheet, DrawsNothingButVectorsAndASubsetOfItsFont) {
    const auto made = [](const std::vector<std::string>& captions) {
        Sheet sheet(label_grid_named("L7163"), {});
        for (const std::string& caption : captions) sheet.add(picture_of("7"), caption);
        return sheet.finish();
    };
    const std::string western = made({"Zürich – 5 €", "Item 2", "Item 3"});
    EXPECT_EQ(western.find("/Subtype /Image"), std::string::npos);
    EXPECT_NE(western.find("+DejaVuSans"), std::string::npos);
    EXPECT_EQ(count(western, "/FontFile2"), 1U);
    EXPECT_LT(western.size(), std::filesystem::file_size(default_font_file) / 5);
    EXPECT_EQ(western.find("/ToUnicode"), std::string::npos);
    EXPECT_NE(western.find("/PrintScaling /None"), std::string::npos);
    EXPECT_NE(made({"Ωμέγα"}).find("/CIDFontType2"), std::string::npos);
    EXPECT_EQ(made({"Item 2", "Ω"}), made({"Item 2", "Ω"})) << "the same each time";
}

TEST(Sheet, WritesCaptionsBesideTheirCodes) {
    Sheet sheet(label_grid_named("L7160"), {});
    sheet.add(picture_of("1"), "Item 1");
    const auto page = pages_of(sheet.finish()).at(0);
    std::vector<double> place;
    for (const Operation& step : page)
        if (step.name == "Td") place = step.operands;
    ASSERT_EQ(place.size(), 2U);
    EXPECT_NEAR(place[0] / points_per_mm, 7.2 + 1 + 36.1 + 0.5, 0.02);
    EXPECT_NEAR(297 - place[1] / points_per_mm, 15.15 + 19, 2);
}

TEST(Sheet, PutsCodesIntoTheSamePlaceWhateverTheirCaptions) {
    for (const char* name : {"L7160", "22805"}) {
        const LabelGrid grid = label_grid_named(name);
        Sheet sheet(grid, {});
        for (const char* caption : {"1", "a longer caption of two lines or in smaller letters"})
            sheet.add(picture_of("7"), caption);
        const auto boxes = codes_of(pages_of(sheet.finish()).at(0), grid.page_height_mm, 29);
        ASSERT_EQ(boxes.size(), 2U);
        EXPECT_NEAR(boxes[1].x - boxes[0].x, grid.pitch_x_mm, 0.01) << name;
        EXPECT_NEAR(boxes[1].y, boxes[0].y, 0.01) << name;
    }
}

TEST(Sheet, CountsCaptionsThatItCuts) {
    Sheet sheet(label_grid_named("8831"), {});
    sheet.add(picture_of("1"), "short");
    EXPECT_EQ(sheet.cut_captions(), 0U);
    sheet.add(picture_of("1"), "a caption that is much too long for a label of an inch");
    EXPECT_EQ(sheet.cut_captions(), 1U);
}

TEST(Sheet, DrawsCutMarksOutsideOfAllLabels) {
    for (const LabelSheet& one : label_sheets()) {
        const LabelGrid& grid = one.grid;
        Sheet sheet(grid, {.cut_marks = SheetOptions::CutMarks::on});
        sheet.add(picture_of("1"), {});
        const double right = grid.left_mm + (grid.columns - 1) * grid.pitch_x_mm + grid.cell_width_mm;
        const double bottom = grid.top_mm + (grid.rows - 1) * grid.pitch_y_mm + grid.cell_height_mm;
        int marks = 0;
        const auto page = pages_of(sheet.finish()).at(0);
        for (const Operation& step : page) {
            if (step.name == "cm") break;  // from here on the code
            if (step.name != "m" && step.name != "l") continue;
            const double x = step.operands.at(0) / points_per_mm;
            const double y = grid.page_height_mm - step.operands.at(1) / points_per_mm;
            EXPECT_TRUE(x < grid.left_mm - 0.5 || x > right + 0.5 || y < grid.top_mm - 0.5 ||
                        y > bottom + 0.5)
                << one.name;
            EXPECT_TRUE(x > -0.01 && y > -0.01 && x < grid.page_width_mm + 0.01 &&
                        y < grid.page_height_mm + 0.01)
                << one.name;
            ++marks;
        }
        EXPECT_GE(marks / 2, 2 * (grid.columns + 1)) << one.name;
    }
}

TEST(Sheet, TellsOfModulesThatAreTooSmall) {
    const Sheet small(label_grid_named("L6008"), {});  // 10 mm high
    EXPECT_TRUE(small.faults_of(picture_of("1"), {}).empty());
    EXPECT_DOUBLE_EQ(small.code_side_mm({}), 8);
    const auto faults = small.faults_of(picture_of(std::string(60, 'x')), "caption");
    ASSERT_EQ(faults.size(), 1U);
    expect_words(faults[0].what, {"0.1", "0.25 mm"});
    expect_words(faults[0].hint, {"larger labels", "shorter text", "caption"});
}

TEST(Sheet, RefusesWhatCannotBePrinted) {
    const LabelGrid grid = label_grid_named("L7160");
    expect_words(refusal([&] { Sheet(grid, {.start = 22}); }), {"1 to 21", "22"});
    expect_words(refusal([&] { Sheet(grid, {.start = 0}); }), {"1 to 21"});
    expect_words(refusal([&] { Sheet(grid, {.padding_mm = 19.05}); }), {"19.05 mm", "no room"});
    expect_words(refusal([&] { Sheet(grid, {.padding_mm = -1}); }), {"padding"});
    expect_words(refusal([&] { Sheet(grid, {}).finish(); }), {"no label"});
    LabelGrid wrong = grid;
    wrong.columns = 4;
    expect_words(refusal([&] { Sheet(wrong, {}); }), {"4 columns"});
}

TEST(Sheet, GoesOnBehindACaptionThatItRefuses) {
    Sheet sheet(label_grid_named("L7160"), {});
    sheet.add(picture_of("1"), "one");
    expect_words(refusal([&] { sheet.add(picture_of("2"), "日本"); }), {"U+65E5"});
    sheet.add(picture_of("3"), "three");
    EXPECT_EQ(sheet.labels(), 2U);
    EXPECT_EQ(codes_of(pages_of(sheet.finish()).at(0), 297, 29).size(), 2U);
    Sheet without_font(label_grid_named("L7160"), {.font_file = "/nowhere.ttf"});
    without_font.add(picture_of("1"), {});
    expect_words(refusal([&] { without_font.add(picture_of("1"), "one"); }), {"/nowhere.ttf"});
    expect_words(refusal([&] { without_font.read_font(); }), {"/nowhere.ttf"});
    EXPECT_EQ(without_font.labels(), 1U);
}

}  // namespace
}  // namespace tocsin::qr::sheets
