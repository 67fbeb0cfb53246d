// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "common/core/error.hpp"
#include "common/qr/drawing/codewords.hpp"
#include "common/qr/drawing/format.hpp"
#include "common/qr/drawing/logo_budget.hpp"
#include "common/qr/drawing/png.hpp"

namespace tocsin::qr::drawing {
namespace {

using encoding::Level;
using encoding::Symbol;

const std::string url = "https://example.org/menu";

Picture picture_of(const Style& style = {}) { return {Symbol::encode(url, {}), style}; }

std::string drawn(Format format, const Style& style = {}, const Scale& scale = {}) {
    return draw(picture_of(style), {.format = format, .scale = scale});
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return number;
}

std::string faults(const Style& style, const Drawing& drawing = {}) {
    std::string all;
    for (const Fault& fault : faults_of(picture_of(style), drawing))
        all += fault.what + "; " + fault.hint + "\n";
    return all;
}

Image grey(int width, int height) {
    return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height) * 4, 128)};
}

TEST(Format, HasANameAndIsFoundByIt) {
    for (int i = 0; i <= static_cast<int>(Format::kitty); ++i) {
        const auto format = static_cast<Format>(i);
        EXPECT_EQ(format_named(name_of(format)), format);
        EXPECT_NE(format_names().find(name_of(format)), std::string::npos);
        EXPECT_FALSE(ending_of(format).empty());
    }
    EXPECT_EQ(format_named("PNG"), Format::png);
    EXPECT_EQ(format_named("gif"), std::nullopt);
    EXPECT_EQ(format_of_file("a/b.c/code.SVG"), Format::svg);
    EXPECT_EQ(format_of_file("code.txt"), Format::utf8);
    for (const char* name : {"png", "a.png/code", "code.", "", ".."})
        EXPECT_EQ(format_of_file(name), std::nullopt);
}

TEST(Colour, IsSixOrEightHexadecimalDigits) {
    EXPECT_EQ(parse_colour("1a1A2e"), (Colour{0x1a, 0x1a, 0x2e, 255}));
    EXPECT_EQ(parse_colour("#ffffff00"), (Colour{255, 255, 255, 0}));
    for (const char* text : {"", "#", "fff", "12345g", "1234567", "+12345", "red"})
        EXPECT_THROW(parse_colour(text), core::Error) << text;
    EXPECT_EQ(over({0, 0, 0, 128}, white), (Colour{127, 127, 127, 255}));
}

TEST(Png, HasOneBitAPixelWhereTwoColoursDo) {
    const std::string plain = drawn(Format::png);
    EXPECT_EQ(plain.substr(0, 8), "\x89PNG\r\n\x1a\n");
    EXPECT_EQ(big_endian(plain, 16), static_cast<std::uint32_t>(picture_of().across()) * 8);
    EXPECT_EQ(plain.substr(24, 2), std::string("\x01\x00", 2)) << "one bit of grey";
    EXPECT_EQ(drawn(Format::png, {.foreground = {0, 51, 102, 255}}).substr(24, 2), "\x01\x03") << "a palette";
    EXPECT_EQ(drawn(Format::png, {.logo = Logo{grey(9, 9)}}).substr(24, 2), "\x08\x06") << "RGBA";
    EXPECT_EQ(plain.find("pHYs"), std::string::npos);
    EXPECT_NE(drawn(Format::png, {}, {.dpi = 300}).find("pHYs"), std::string::npos);
}

TEST(Png, IsReadBackAsALogo) {
    const Image image = read_png(drawn(Format::png, {}, {.module_pixels = 1}));
    const Picture picture = picture_of();
    ASSERT_EQ(image.width, picture.across());
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x)
            EXPECT_EQ(image.rgba[static_cast<std::size_t>(y * image.width + x) * 4],
                      picture.dark(x, y) ? 0 : 255);
    EXPECT_THROW(read_png("no picture"), core::Error);
    EXPECT_THROW(read_png(drawn(Format::png).substr(0, 100)), core::Error);
}

TEST(Text, LosesNoRow) {
    for (const int quiet_zone : {0, 1, 2, 3, 4}) {
        const Style style{.quiet_zone = quiet_zone};
        const auto across = static_cast<std::size_t>(picture_of(style).across());
        EXPECT_EQ(count(drawn(Format::ascii, style), "\n"), across);
        EXPECT_EQ(count(drawn(Format::utf8, style), "\n"), (across + 1) / 2);
        EXPECT_EQ(count(drawn(Format::ansi256_utf8, style), "\x1b[0m\n"), (across + 1) / 2);
    }
}

TEST(Formats, RefuseWhatTheyCannotShow) {
    const Style logo{.logo = Logo{grey(9, 9)}};
    const Style blue{.foreground = {0, 0, 255, 255}};
    for (const Format format : {Format::utf8, Format::ascii, Format::pbm, Format::xpm, Format::sixel})
        EXPECT_THROW(drawn(format, logo), core::Error) << name_of(format);
    for (const Format format : {Format::utf8, Format::ascii, Format::pbm})
        EXPECT_THROW(drawn(format, blue), core::Error) << name_of(format);
    EXPECT_THROW(drawn(Format::utf8, {.shape = Shape::dots}), core::Error);
}

TEST(Scale, IsExactAndBounded) {
    const Picture picture = picture_of();  // 33 modules
    EXPECT_EQ(grid_of(picture, {}).module, 8);
    const Grid exact = grid_of(picture, {.width_pixels = 300});
    EXPECT_EQ(exact.side, 300);
    EXPECT_EQ(exact.module, 9);
    EXPECT_EQ(exact.margin, 1);
    EXPECT_EQ(grid_of(picture, {.width_mm = 25.4, .dpi = 600}).side, 600);
    EXPECT_THROW(grid_of(picture, {.width_pixels = 32}), core::Error);
    EXPECT_THROW(grid_of(picture, {.module_pixels = 100'000'000}), core::Error);
    EXPECT_NEAR(points_of(picture, {.width_mm = 25.4}), 72, 1e-9);
}

TEST(Faults, NameWhatKeepsReadersAway) {
    EXPECT_EQ(faults({}), "");
    EXPECT_NE(faults({.foreground = white, .background = black}).find("swap"), std::string::npos);
    EXPECT_NE(faults({.foreground = {150, 150, 150, 255}}).find("contrast"), std::string::npos);
    EXPECT_NE(faults({.quiet_zone = 0}).find("quiet zone"), std::string::npos);
    EXPECT_NE(faults({}, {.scale = {.module_pixels = 2}}).find("2 pixels"), std::string::npos);
    EXPECT_EQ(faults({}, {.format = Format::svg, .scale = {.module_pixels = 1}}), "")
        << "vectors have no pixels";
    EXPECT_NE(faults({.logo = Logo{grey(9, 9), 40}}).find("would cover 40 %"), std::string::npos);
}

TEST(LogoBudget, AllowsTenPercentAtLevelHFromVersion3On) {
    for (int version = 3; version <= 40; ++version) {
        // here the logo hides four alignment patterns and most of one block
        if (version == 15 || version == 18 || version == 20) continue;
        const Symbol symbol =
            Symbol::encode("0", {.level = Level::high, .min_version = version, .max_version = version});
        const LogoBudget budget(symbol);
        EXPECT_TRUE(budget.allows(logo_field_of(symbol, grey(50, 50), 10))) << version;
        EXPECT_FALSE(budget.allows(logo_field_of(symbol, grey(50, 50), 45))) << version;
    }
}

TEST(CodewordMap, HasEachBitOnce) {
    for (const int version : {1, 2, 5, 7, 14, 40}) {
        const Symbol symbol = Symbol::encode("0", {.min_version = version, .max_version = version});
        const CodewordMap map(symbol);
        const auto blocks = encoding::blocks_of(symbol.version(), symbol.level());
        const int codewords = blocks.count * (blocks.data_codewords + blocks.error_codewords) + blocks.longer;
        int bits = 0;
        for (int y = 0; y < symbol.size(); ++y)
            for (int x = 0; x < symbol.size(); ++x) bits += map.at(x, y) ? 1 : 0;
        EXPECT_EQ(bits, codewords * 8) << version;
    }
}

TEST(Logo, LiesInTheMiddleAndKeepsItsShareOfTheArea) {
    const Picture picture = picture_of({.logo = Logo{grey(40, 20), 10}});
    ASSERT_TRUE(picture.logo_field());
    const Field field = *picture.logo_field();
    const int size = picture.symbol().size();
    EXPECT_LE(field.width * field.height, size * size / 10);
    EXPECT_GT(field.width, field.height);
    EXPECT_EQ(2 * (field.x - picture.quiet_zone()) + field.width, size);
    EXPECT_EQ(2 * (field.y - picture.quiet_zone()) + field.height, size);
    EXPECT_FALSE(picture.dark(field.x, field.y));
}

}  // namespace
}  // namespace tocsin::qr::drawing
