// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "common/core/error.hpp"
#include "common/qr/png.hpp"
#include "common/qr/svg.hpp"
#include "common/qr/symbol.hpp"
#include "common/qr/terminal.hpp"

namespace tocsin::qr {
namespace {

const std::string url = "https://example.org/menu";

int side(const std::string& text, Level level) { return Symbol::encode(text, level).size(); }

core::Error refusal(const std::string& text, Level level) {
    try {
        Symbol::encode(text, level);
    } catch (const core::Error& error) {
        return error;
    }
    return core::Error(core::Code::internal, "it was encoded");
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return number;
}

TEST(Level, HasALetter) {
    for (const Level level : {Level::low, Level::medium, Level::quartile, Level::high})
        EXPECT_EQ(level_named(std::string(1, letter_of(level))), level);
    EXPECT_EQ(letter_of(Level::medium), 'M');
    EXPECT_EQ(level_named("h"), Level::high);
    for (const char* word : {"", "X", "LL", "low"}) EXPECT_EQ(level_named(word), std::nullopt) << word;
}

TEST(Symbol, IsAsSmallAsItsContentAllows) {
    EXPECT_EQ(side("01234567", Level::medium), 21);
    EXPECT_EQ(side(std::string(34, '7'), Level::medium), 21);  // version 1-M: 34 digits
    EXPECT_EQ(side(std::string(35, '7'), Level::medium), 25);
    EXPECT_EQ(side(std::string(20, 'A'), Level::medium), 21);  // 20 alphanumerics
    EXPECT_EQ(side(std::string(21, 'A'), Level::medium), 25);
    EXPECT_EQ(side(std::string(14, 'a'), Level::medium), 21);  // 14 bytes
    EXPECT_EQ(side(std::string(15, 'a'), Level::medium), 25);
    EXPECT_EQ(side(std::string(2331, 'a'), Level::medium), 177);
}

TEST(Symbol, GrowsWithItsLevel) {
    EXPECT_LT(side(url, Level::low), side(url, Level::quartile));
    EXPECT_LT(side(url, Level::medium), side(url, Level::high));
}

TEST(Symbol, SegmentsDigitsAndCapitals) {
    EXPECT_EQ(side("https://QR.EXAMPLE.COM/R/AB3KX9Q2", Level::medium), 25);
    EXPECT_EQ(side("https://qr.example.com/r/ab3kx9q2", Level::medium), 29);
}

TEST(Symbol, IsTheStandardsOwnExample) {  // ISO/IEC 18004, annex I.2: 01234567 in version 1-M, mask 2
    const std::string figure =
        "111111100101101111111\n"
        "100000100111101000001\n"
        "101110101000001011101\n"
        "101110101100001011101\n"
        "101110101011101011101\n"
        "100000101000101000001\n"
        "111111101010101111111\n"
        "000000001001100000000\n"
        "101111100100101111100\n"
        "000101011010100101100\n"
        "001000110101010011111\n"
        "000010000100000111100\n"
        "000111111001010010000\n"
        "000000001011111001100\n"
        "111111100110101100000\n"
        "100000101011111000101\n"
        "101110101000100101100\n"
        "101110101100100100000\n"
        "101110101011010010100\n"
        "100000100000000110110\n"
        "111111101111010010100\n";
    const Symbol symbol = Symbol::encode("01234567", Level::medium);
    std::string drawn;
    for (int y = 0; y < symbol.size(); ++y) {
        for (int x = 0; x < symbol.size(); ++x) drawn += symbol.at(x, y) ? '1' : '0';
        drawn += '\n';
    }
    EXPECT_EQ(drawn, figure);
}

TEST(Symbol, HasThreeFinderPatterns) {
    const Symbol symbol = Symbol::encode(url, Level::medium);
    const int far = symbol.size() - 7;
    for (const auto& [x, y] : {std::pair{0, 0}, {far, 0}, {0, far}}) {
        for (int i = 0; i < 7; ++i) EXPECT_TRUE(symbol.at(x + i, y) && symbol.at(x, y + i));
        EXPECT_FALSE(symbol.at(x + 1, y + 1));
        EXPECT_TRUE(symbol.at(x + 3, y + 3));
    }
}

TEST(Symbol, IsLightAllAround) {
    const Symbol symbol = Symbol::encode(url, Level::medium);
    EXPECT_EQ(symbol.outer_size(), symbol.size() + 8);
    for (int i = -quiet_zone_modules; i < symbol.size() + quiet_zone_modules; ++i)
        for (const int outside : {-4, -1, symbol.size(), symbol.size() + 3})
            EXPECT_FALSE(symbol.at(i, outside) || symbol.at(outside, i));
}

TEST(Symbol, HoldsAnyBytes) {
    using namespace std::string_literals;
    EXPECT_NE(side("a\0bcdefghijklmnopqrstuvwxyz"s, Level::low), side("a", Level::low));
    EXPECT_EQ(side("\0"s, Level::high), 21);
    EXPECT_EQ(side("\xff\xfe\x80", Level::low), 21);
    EXPECT_EQ(side("Grüße", Level::low), 21);
}

TEST(Symbol, RefusesNothing) { EXPECT_EQ(refusal("", Level::low).code(), core::Code::invalid); }

TEST(Symbol, RefusesTooMuchAndSaysHowMuch) {
    struct Case {
        Level level;
        std::size_t digits, alphanumerics, bytes;
    };
    for (const auto& [level, digits, alphanumerics, bytes] : {Case{Level::low, 7089, 4296, 2953},
                                                              {Level::medium, 5596, 3391, 2331},
                                                              {Level::quartile, 3993, 2420, 1663},
                                                              {Level::high, 3057, 1852, 1273}}) {
        for (const auto& [most, letter] : {std::pair{digits, '1'}, {alphanumerics, 'A'}, {bytes, 'a'}}) {
            EXPECT_EQ(side(std::string(most, letter), level), 177);
            const core::Error error = refusal(std::string(most + 1, letter), level);
            EXPECT_EQ(error.code(), core::Code::too_large);
            EXPECT_NE(std::string(error.what()).find(std::to_string(most + 1) + " bytes"), std::string::npos);
            EXPECT_NE(std::string(error.what()).find("at most " + std::to_string(most)), std::string::npos);
        }
    }
}

TEST(Symbol, CountsTheAnnouncementOfUtf8) {
    const std::string text = "ü" + std::string(2951, 'a');
    EXPECT_EQ(side(text.substr(0, 2952), Level::low), 177);
    EXPECT_NE(std::string(refusal(text, Level::low).what()).find("at most 2952"), std::string::npos);
}

TEST(Symbol, ProposesALowerLevelOnlyWhenThatHelps) {
    EXPECT_NE(refusal(std::string(2400, 'a'), Level::medium).hint().find("level L"), std::string::npos);
    EXPECT_EQ(refusal(std::string(3000, 'a'), Level::medium).hint().find("level L"), std::string::npos);
    EXPECT_EQ(refusal(std::string(1 << 20, 'a'), Level::low).code(), core::Code::too_large);
}

TEST(Symbol, FitsWhereSegmentsWouldNot) {  // each switch of segments costs bits; plain bytes do not switch
    std::string text;
    while (text.size() < 2953) text += "ABCDEFGHIJKa";
    EXPECT_EQ(side(text.substr(0, 2953), Level::low), 177);
}

TEST(Terminal, DrawsHalfBlocksOfAllModules) {
    const Symbol symbol = Symbol::encode(url, Level::medium);
    const std::string text = to_terminal(symbol, Ink::plain);
    EXPECT_EQ(count(text, "\n"), static_cast<std::size_t>(symbol.outer_size() + 1) / 2);
    const std::size_t cells = count(text, " ") + count(text, "▀") + count(text, "▄") + count(text, "█");
    EXPECT_EQ(cells, count(text, "\n") * static_cast<std::size_t>(symbol.outer_size()));
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Terminal, DrawsTheLightModulesWhenPlain) {
    const std::string text = to_terminal(Symbol::encode("a", Level::low), Ink::plain);
    std::string quiet;
    for (int i = 0; i < 29; ++i) quiet += "█";
    EXPECT_EQ(text.rfind(quiet + '\n' + quiet + '\n' + "████ ▄▄▄▄▄ ", 0), 0U) << text;
}

TEST(Terminal, SetsBothColoursAndResetsThemOnEachLine) {
    const std::string text = to_terminal(Symbol::encode("a", Level::low), Ink::escapes);
    EXPECT_EQ(count(text, "\x1b[38;5;16;48;5;231m"), 15U);
    EXPECT_EQ(count(text, "\x1b[0m\n"), 15U);
    EXPECT_EQ(text.rfind("\x1b[38;5;16;48;5;231m" + std::string(29, ' ') + "\x1b[0m\n", 0), 0U);
}

TEST(Png, HasOneBitAPixelAndEightPixelsAModule) {
    const Symbol symbol = Symbol::encode(url, Level::medium);
    const std::string png = to_png(symbol);
    EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
    EXPECT_EQ(png.substr(12, 4), "IHDR");
    EXPECT_EQ(big_endian(png, 16), static_cast<std::uint32_t>(symbol.outer_size()) * 8);
    EXPECT_EQ(big_endian(png, 20), big_endian(png, 16));
    EXPECT_EQ(png[24], 1) << "bit depth";
    EXPECT_EQ(png[25], 3) << "palette";
    EXPECT_EQ(png.substr(png.size() - 8, 4), "IEND");
}

TEST(Svg, IsASquareInModulesWithOnePath) {
    const std::string svg = to_svg(Symbol::encode("a", Level::low));
    EXPECT_NE(svg.find("viewBox=\"0 0 29 29\""), std::string::npos);
    EXPECT_NE(svg.find("<rect width=\"29\" height=\"29\" fill=\"#fff\"/>"), std::string::npos);
    EXPECT_NE(svg.find("shape-rendering=\"crispEdges\""), std::string::npos);
    EXPECT_EQ(count(svg, "<path "), 1U);
    EXPECT_EQ(svg.substr(svg.size() - 7), "</svg>\n");
    EXPECT_EQ(count(svg, "<"), count(svg, ">"));
}

TEST(Svg, DrawsEveryDarkModuleOnce) {
    const Symbol symbol = Symbol::encode(url, Level::medium);
    const auto side = static_cast<std::size_t>(symbol.size());
    std::string drawn(side * side, '0');
    const std::string svg = to_svg(symbol);
    const std::regex run("M(\\d+) (\\d+)h(\\d+)v1h-(\\d+)z");
    for (std::sregex_iterator it(svg.begin(), svg.end(), run), end; it != end; ++it) {
        EXPECT_EQ((*it)[3], (*it)[4]);
        const std::size_t start = (std::stoul((*it)[2]) - 4) * side + std::stoul((*it)[1]) - 4;
        for (std::size_t i = 0; i < std::stoul((*it)[3]); ++i) ++drawn.at(start + i);
    }
    for (int y = 0; y < symbol.size(); ++y)
        for (int x = 0; x < symbol.size(); ++x)
            EXPECT_EQ(drawn[static_cast<std::size_t>(y * symbol.size() + x)], symbol.at(x, y) ? '1' : '0');
}

}  // namespace
}  // namespace tocsin::qr
