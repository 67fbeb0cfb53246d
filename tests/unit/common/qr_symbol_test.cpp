// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "common/core/error.hpp"
#include "common/qr/encoding/symbol.hpp"

namespace tocsin::qr::encoding {
namespace {

using namespace std::string_literals;

const std::string url = "https://example.org/menu";

Options at(Level level) { return {.level = level, .boost = Boost::off}; }

Symbol encode(const std::string& text, Level level) { return Symbol::encode(text, at(level)); }
int version(const std::string& text, const Options& options) {
    return Symbol::encode(text, options).version().number;
}
int version(const std::string& text, Level level) { return version(text, at(level)); }

core::Error refusal(const std::string& text, const Options& options) {
    try {
        Symbol::encode(text, options);
    } catch (const core::Error& error) {
        return error;
    }
    return core::Error(core::Code::internal, "it was encoded");
}

void expect_refusal(const core::Error& error, core::Code code, std::initializer_list<std::string> parts) {
    EXPECT_EQ(error.code(), code) << error.what();
    const std::string all = error.what() + "; "s + error.hint();
    for (const std::string& part : parts) EXPECT_NE(all.find(part), std::string::npos) << all;
}

std::string drawn(const Symbol& symbol) {
    std::string rows;
    for (int y = 0; y < symbol.size(); ++y) {
        for (int x = 0; x < symbol.size(); ++x) rows += symbol.at(x, y) ? '1' : '0';
        rows += '\n';
    }
    return rows;
}

TEST(Level, HasALetter) {
    for (const Level level : {Level::low, Level::medium, Level::quartile, Level::high})
        EXPECT_EQ(level_named(std::string(1, letter_of(level))), level);
    EXPECT_EQ(letter_of(Level::medium), 'M');
    EXPECT_EQ(level_named("h"), Level::high);
    for (const char* word : {"", "X", "LL", "low"}) EXPECT_EQ(level_named(word), std::nullopt) << word;
}

TEST(Version, HoldsWhatTheStandardSays) {  // ISO/IEC 18004, table 7
    struct Row {
        int version;
        Level level;
        std::size_t bits;
    };
    for (const auto& [number, level, bits] : {Row{1, Level::low, 152},
                                              {1, Level::high, 72},
                                              {7, Level::quartile, 704},
                                              {14, Level::medium, 2920},
                                              {27, Level::low, 11744},
                                              {40, Level::low, 23648},
                                              {40, Level::high, 10208}})
        EXPECT_EQ(data_bits({Family::qr, number}, level), bits) << number;
    EXPECT_EQ(data_bits({Family::micro, 1}, Level::low), 20U);
    EXPECT_EQ(data_bits({Family::micro, 1}, Level::medium), 0U);
    EXPECT_EQ(data_bits({Family::micro, 4}, Level::quartile), 80U);
}

TEST(Version, HasBlocksThatFillIt) {
    for (int number = 1; number <= 40; ++number)
        for (const Level level : {Level::low, Level::medium, Level::quartile, Level::high}) {
            const Version of{Family::qr, number};
            const Blocks blocks = blocks_of(of, level);
            EXPECT_EQ(blocks.count * (blocks.data_codewords + blocks.error_codewords) + blocks.longer,
                      static_cast<int>(data_bits(of, Level::low) / 8) +
                          blocks_of(of, Level::low).count * blocks_of(of, Level::low).error_codewords);
            EXPECT_LT(blocks.longer, blocks.count);
        }
}

// The library takes a larger version by itself when data do not fit; then `encode` throws.
TEST(Symbol, FillsEveryVersionToItsLastByte) {
    for (const Level level : {Level::low, Level::medium, Level::quartile, Level::high})
        for (int number = 1; number <= 40; ++number) {
            const std::size_t bits = data_bits({Family::qr, number}, level);
            const std::size_t most = (bits - 4 - (number < 10 ? 8 : 16)) / 8;
            EXPECT_EQ(version(std::string(most, 'a'), level), number);
            if (number < 40) {
                EXPECT_EQ(version(std::string(most + 1, 'a'), level), number + 1);
            }
        }
}

TEST(Symbol, IsAsSmallAsItsContentAllows) {
    EXPECT_EQ(version(std::string(34, '7'), Level::medium), 1);  // version 1-M: 34 digits
    EXPECT_EQ(version(std::string(35, '7'), Level::medium), 2);
    EXPECT_EQ(version(std::string(20, 'A'), Level::medium), 1);  // 20 alphanumerics
    EXPECT_EQ(version(std::string(21, 'A'), Level::medium), 2);
    EXPECT_EQ(version(std::string(14, 'a'), Level::medium), 1);  // 14 bytes
    EXPECT_EQ(version("https://QR.EXAMPLE.COM/R/AB3KX9Q2", Level::medium), 2);
    EXPECT_EQ(version("https://qr.example.com/r/ab3kx9q2", Level::medium), 3);
}

TEST(Symbol, SeparatesWhereTheLibraryWouldNot) {  // libqrencode's own segments take version 4
    EXPECT_EQ(version("https://btembgate.com/267525328tQUy=fdaciclndrygmlyjz&", Level::low), 3);
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
    const Symbol symbol = encode("01234567", Level::medium);
    EXPECT_EQ(drawn(symbol), figure);
    EXPECT_EQ(symbol.mask(), 2);
    EXPECT_EQ(symbol.content().used_bits, 41U);
    EXPECT_EQ(symbol.content().capacity_bits, 128U);
}

TEST(Symbol, BoostsItsLevelWhereItDoesNotGrow) {
    for (const std::string& text : {url, "a"s, "Grüße"s, std::string(300, '1'), std::string(2000, 'x')}) {
        const Symbol plain = encode(text, Level::low);
        const Symbol boosted = Symbol::encode(text, {.level = Level::low});
        EXPECT_EQ(plain.level(), Level::low);
        EXPECT_EQ(boosted.version(), plain.version());
        const std::size_t bits = plain.content().used_bits;
        EXPECT_LE(bits, data_bits(boosted.version(), boosted.level()));
        if (boosted.level() != Level::high) {
            EXPECT_GT(bits, data_bits(boosted.version(),
                                      static_cast<Level>(static_cast<int>(boosted.level()) + 1)));
        }
    }
    EXPECT_EQ(Symbol::encode("a", {.level = Level::low}).level(), Level::high);
}

TEST(Symbol, AnnouncesUtf8ExactlyWhereItIsNeeded) {
    const auto announces = [](const std::string& text, Eci eci) {
        return Symbol::encode(text, {.eci = eci}).content().announces_utf8;
    };
    EXPECT_FALSE(announces("plain", Eci::automatic));
    EXPECT_FALSE(announces("\xff\xfe"s, Eci::automatic));
    EXPECT_FALSE(announces("a\0b"s, Eci::automatic));
    EXPECT_TRUE(announces("Grüße", Eci::automatic));
    EXPECT_TRUE(announces("日本", Eci::automatic));
    EXPECT_TRUE(announces("plain", Eci::always));
    EXPECT_FALSE(announces("Grüße", Eci::never));
    expect_refusal(refusal("\xff", {.eci = Eci::always}), core::Code::invalid, {"UTF-8"});
}

TEST(Symbol, WritesKanjiOnlyWhereNothingIsAnnounced) {
    const auto modes = [](const std::string& text, Eci eci) {
        const Symbol symbol = Symbol::encode(text, {.eci = eci});
        std::string all;
        for (const Segment& segment : symbol.content().segments)
            all += std::string(name_of(segment.mode)) + std::to_string(segment.characters) + ' ';
        return all;
    };
    EXPECT_EQ(modes("日本", Eci::automatic), "byte6 ");
    EXPECT_EQ(modes("日本", Eci::never), "kanji2 ");
    EXPECT_EQ(modes("abc日本123456", Eci::never), "byte3 kanji2 numeric6 ");
    EXPECT_EQ(modes("ü日本", Eci::never), "byte8 ") << "a text with other characters has no kanji";
    EXPECT_EQ(modes("～", Eci::never), "byte3 ") << "the two forms of Shift JIS differ on the wave dash";
}

TEST(Symbol, KeepsToTheVersionsThatAreAllowed) {
    EXPECT_EQ(version("a", {.min_version = 5}), 5);
    EXPECT_EQ(version(url, {.max_version = 40}), version(url, {}));
    expect_refusal(refusal(std::string(60, 'a'), {.max_version = 2}), core::Code::too_large,
                   {"version 2", "60 bytes", "level M", "at most 26", "by 34 bytes", "higher version"});
    expect_refusal(refusal("a", {.min_version = 9, .max_version = 3}), core::Code::invalid, {"9", "3"});
    expect_refusal(refusal("a", {.min_version = 0}), core::Code::invalid, {"1 to 40"});
    expect_refusal(refusal("a", {.max_version = 41}), core::Code::invalid, {"1 to 40"});
    expect_refusal(refusal("a", {.family = Family::micro, .max_version = 5}), core::Code::invalid,
                   {"1 to 4"});
}

TEST(Symbol, HasThreeFinderPatterns) {
    const Symbol symbol = encode(url, Level::medium);
    const int far = symbol.size() - 7;
    for (const auto& [x, y] : {std::pair{0, 0}, {far, 0}, {0, far}}) {
        for (int i = 0; i < 7; ++i) EXPECT_TRUE(symbol.at(x + i, y) && symbol.at(x, y + i));
        EXPECT_FALSE(symbol.at(x + 1, y + 1));
        EXPECT_TRUE(symbol.at(x + 3, y + 3));
        EXPECT_EQ(symbol.role(x + 3, y + 3), Role::finder);
    }
    EXPECT_EQ(symbol.role(10, 6), Role::timing);
    EXPECT_EQ(symbol.role(8, 0), Role::format);
    EXPECT_EQ(symbol.role(far, far), Role::alignment);
    EXPECT_EQ(symbol.role(12, 12), Role::data);
    EXPECT_EQ(symbol.role(-1, 0), Role::data);
}

TEST(Symbol, RefusesNothing) { expect_refusal(refusal("", {}), core::Code::invalid, {"empty"}); }

TEST(Symbol, RefusesTooMuchAndSaysHowMuch) {
    struct Case {
        Level level;
        std::size_t digits, alphanumerics, bytes;
    };
    for (const auto& [level, digits, alphanumerics, bytes] : {Case{Level::low, 7089, 4296, 2953},
                                                              {Level::medium, 5596, 3391, 2331},
                                                              {Level::quartile, 3993, 2420, 1663},
                                                              {Level::high, 3057, 1852, 1273}})
        for (const auto& [most, letter] : {std::pair{digits, '1'}, {alphanumerics, 'A'}, {bytes, 'a'}}) {
            EXPECT_EQ(version(std::string(most, letter), level), 40);
            expect_refusal(refusal(std::string(most + 1, letter), at(level)), core::Code::too_large,
                           {std::to_string(most + 1) + " bytes", "at most " + std::to_string(most) + " of",
                            "by 1 byte,"});
        }
}

TEST(Symbol, CountsTheAnnouncementOfUtf8) {
    const std::string text = "ü" + std::string(2951, 'a');
    EXPECT_EQ(version(text.substr(0, 2952), Level::low), 40);
    expect_refusal(refusal(text, at(Level::low)), core::Code::too_large, {"at most 2952 of"});
    expect_refusal(refusal(std::string(2951, 'a') + "ü", at(Level::low)), core::Code::too_large,
                   {"at most 2951 of"});
}

TEST(Symbol, ProposesALowerLevelOnlyWhenThatHelps) {
    expect_refusal(refusal(std::string(2400, 'a'), {}), core::Code::too_large, {"level L"});
    EXPECT_EQ(refusal(std::string(3000, 'a'), {}).hint().find("level L"), std::string::npos);
    EXPECT_EQ(refusal(std::string(1 << 20, 'a'), {}).code(), core::Code::too_large);
}

TEST(Micro, IsAsSmallAsItsContentAllows) {
    const auto micro = [](const std::string& text, Level level) {
        return to_string(
            Symbol::encode(text, {.level = level, .boost = Boost::off, .family = Family::micro}).version());
    };
    EXPECT_EQ(micro("12345", Level::low), "M1");
    EXPECT_EQ(micro("12345", Level::medium), "M2") << "M1 has no level M";
    EXPECT_EQ(micro("123456", Level::low), "M2");
    EXPECT_EQ(micro("ABC", Level::low), "M2");
    EXPECT_EQ(micro("abc", Level::low), "M3");
    EXPECT_EQ(micro("日本", Level::low), "M3");
    EXPECT_EQ(micro("123456789012345", Level::quartile), "M4");
    EXPECT_EQ(Symbol::encode("12345", {.level = Level::low, .family = Family::micro}).size(), 11);
}

TEST(Micro, IsTheStandardsOwnExample) {  // ISO/IEC 18004, annex I.3: 01234567 in version M2-L, mask 1
    const std::string figure =
        "1111111010101\n"
        "1000001011101\n"
        "1011101001101\n"
        "1011101001111\n"
        "1011101011100\n"
        "1000001010001\n"
        "1111111001111\n"
        "0000000001100\n"
        "1101000010001\n"
        "0110101010101\n"
        "1110011111110\n"
        "0001010000110\n"
        "1110100110111\n";
    const Symbol symbol =
        Symbol::encode("01234567", {.level = Level::low, .boost = Boost::off, .family = Family::micro});
    EXPECT_EQ(to_string(symbol.version()), "M2");
    EXPECT_EQ(drawn(symbol), figure);
    EXPECT_EQ(symbol.mask(), 1);
}

TEST(Micro, FillsEveryVersionToItsLastCharacter) {  // ISO/IEC 18004, table 7
    struct Row {
        int version;
        Level level;
        std::size_t digits, alphanumerics, bytes;
    };
    for (const auto& [number, level, digits, alphanumerics, bytes] : {Row{1, Level::low, 5, 0, 0},
                                                                      {2, Level::low, 10, 6, 0},
                                                                      {2, Level::medium, 8, 5, 0},
                                                                      {3, Level::low, 23, 14, 9},
                                                                      {3, Level::medium, 18, 11, 7},
                                                                      {4, Level::low, 35, 21, 15},
                                                                      {4, Level::medium, 30, 18, 13},
                                                                      {4, Level::quartile, 21, 13, 9}}) {
        const Options options{
            .level = level, .boost = Boost::off, .family = Family::micro, .max_version = number};
        for (const auto& [most, letter] : {std::pair{digits, '1'}, {alphanumerics, 'A'}, {bytes, 'a'}}) {
            if (most > 0) {
                EXPECT_EQ(version(std::string(most, letter), options), number);
            }
            expect_refusal(refusal(std::string(most + 1, letter), options), core::Code::too_large,
                           {"at most " + std::to_string(most) + " of", "Micro QR"});
        }
    }
}

TEST(Micro, RefusesWhatItsReadersWouldMisread) {
    const Options micro{.level = Level::low, .family = Family::micro};
    expect_refusal(refusal("Grüße", micro), core::Code::invalid, {"UTF-8", "never"});
    EXPECT_EQ(version("Grüße", {.level = Level::low, .eci = Eci::never, .family = Family::micro}), 3);
    expect_refusal(refusal("a", {.eci = Eci::always, .family = Family::micro}), core::Code::invalid, {"ECI"});
    expect_refusal(refusal("a", {.level = Level::high, .family = Family::micro}), core::Code::invalid,
                   {"level H"});
}

TEST(Parts, HoldTheTextInOrder) {
    const std::string text = "Grüße aus Köln, 日本 und " + std::string(200, 'x');
    for (const int count : {2, 3, 7, 16}) {
        const auto symbols = encode_parts(text, {}, count);
        ASSERT_EQ(symbols.size(), static_cast<std::size_t>(count));
        std::string joined;
        unsigned char parity = 0;
        for (const char byte : text) parity ^= static_cast<unsigned char>(byte);
        for (const Symbol& symbol : symbols) {
            EXPECT_EQ(symbol.version(), symbols[0].version());
            EXPECT_EQ(symbol.part().index, &symbol - symbols.data());
            EXPECT_EQ(symbol.part().count, count);
            EXPECT_EQ(symbol.part().parity, parity);
            EXPECT_TRUE(symbol.content().announces_utf8);
            for (const Segment& segment : symbol.content().segments) joined += segment.data;
        }
        EXPECT_EQ(joined, text);
    }
}

TEST(Parts, AreAsManyAsThereAreCharacters) {
    EXPECT_EQ(encode_parts("🎉ab", {}, 3).size(), 3U);
    EXPECT_EQ(encode_parts("o🎉-?@ ", {}, 5).size(), 5U);
    EXPECT_EQ(encode_parts("🎉ü日aбcd🎉", {}, 8).size(), 8U);
}

TEST(Parts, AreAsFewAsTheVersionAllows) {
    const std::string text(100, 'a');
    EXPECT_EQ(encode_parts(text, {}, std::nullopt).size(), 1U);
    EXPECT_EQ(encode_parts(text, {.level = Level::low, .max_version = 2}, std::nullopt).size(),
              4U);  // 29 bytes each
    EXPECT_EQ(encode_parts(std::string(20'000, 'a'), {}, std::nullopt).size(), 9U);
}

TEST(Parts, RefuseWhatCannotBeSplit) {
    const auto refused = [](const std::string& text, const Options& options, std::optional<int> count) {
        try {
            encode_parts(text, options, count);
        } catch (const core::Error& error) {
            return error.code();
        }
        return core::Code::unavailable;
    };
    EXPECT_EQ(refused("ab", {}, 3), core::Code::invalid);
    EXPECT_EQ(refused("üü", {}, 3), core::Code::invalid);
    EXPECT_EQ(refused("abc", {}, 17), core::Code::invalid);
    EXPECT_EQ(refused("abc", {}, 1), core::Code::invalid);
    EXPECT_EQ(refused("12", {.family = Family::micro}, 2), core::Code::invalid);
    EXPECT_EQ(refused(std::string(50'000, 'a'), {}, std::nullopt), core::Code::too_large);
    EXPECT_EQ(refused(std::string(5'000, 'a'), {}, 2), core::Code::too_large);
}

}  // namespace
}  // namespace tocsin::qr::encoding
