// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "common/core/error.hpp"
#include "common/qr/encoding/greedy.hpp"

namespace tocsin::qr::encoding {
namespace {

using namespace std::string_literals;

std::string drawn(const Symbol& symbol) {
    std::string rows;
    for (int y = 0; y < symbol.size(); ++y) {
        for (int x = 0; x < symbol.size(); ++x) rows += symbol.at(x, y) ? '1' : '0';
        rows += '\n';
    }
    return rows;
}

std::string drawn(const std::string& text, const GreedyOptions& options) {
    return drawn(encode_greedy(text, options));
}

core::Error refusal(const std::string& text, const GreedyOptions& options) {
    try {
        encode_greedy(text, options);
    } catch (const core::Error& error) {
        return error;
    }
    return core::Error(core::Code::internal, "it was encoded");
}

core::Error refusal_of_parts(const std::string& text, const GreedyOptions& options) {
    try {
        encode_greedy_parts(text, options);
    } catch (const core::Error& error) {
        return error;
    }
    return core::Error(core::Code::internal, "it was encoded");
}

void expect(const core::Error& error, core::Code code, const std::string& part) {
    EXPECT_EQ(error.code(), code) << error.what();
    const std::string all = error.what() + "; "s + error.hint();
    EXPECT_NE(all.find(part), std::string::npos) << all;
}

TEST(Greedy, LetsTheLibraryCutAndKeepsTheLevel) {
    // the exact segmentation takes a smaller version
    const std::string url = "https://btembgate.com/267525328tQUy=fdaciclndrygmlyjz&";
    EXPECT_EQ(encode_greedy(url, {}).version().number, 4);
    EXPECT_EQ(Symbol::encode(url, {.level = Level::low, .boost = Boost::off}).version().number, 3);
    EXPECT_EQ(encode_greedy("123", {}).level(), Level::low);
    EXPECT_EQ(drawn("123", {.level = Level::quartile}),
              drawn(Symbol::encode("123", {.level = Level::quartile, .boost = Boost::off})));
}

TEST(Greedy, DoesNotStopAtANulByte) {
    const std::string text =
        "12\0"
        "34"s;
    EXPECT_EQ(drawn(text, {}), drawn(text, {.cut = Cut::one_byte}));
    EXPECT_NE(drawn(text, {}), drawn("12", {}));
    EXPECT_NE(drawn("\0"s, {}), drawn("\0\0"s, {}));
    EXPECT_EQ(encode_greedy_parts(text, {.version = 1}).size(), 1U);
    EXPECT_NE(drawn(encode_greedy_parts(text, {.version = 1})[0]),
              drawn(encode_greedy_parts("12", {.version = 1})[0]));
}

TEST(Greedy, MakesCapitalsBesideNulBytesToo) {
    const GreedyOptions capitals{.letters = Case::capitals};
    EXPECT_EQ(drawn("az{\0y"s, capitals), drawn("AZ{\0Y"s, {}));
    EXPECT_EQ(drawn("az{y", capitals), drawn("AZ{Y", {}));
    // the second byte of the kanji 8361 is an `a`, which is no letter there
    const GreedyOptions kanji{.letters = Case::capitals, .kanji = Kanji::on};
    EXPECT_EQ(drawn("\x83"
                    "a\0a"s,
                    kanji),
              drawn("\x83"
                    "a\0A"s,
                    {}));
    EXPECT_EQ(drawn("\x83"
                    "a\0a"s,
                    capitals),
              drawn("\x83"
                    "A\0A"s,
                    {}));
}

TEST(Greedy, TakesAVersionAsTheLeastOrAsTheOnlyOne) {
    EXPECT_EQ(encode_greedy("123", {.version = 7}).version().number, 7);
    const std::string long_text(40, 'x');
    EXPECT_EQ(encode_greedy(long_text, {.version = 1}).version().number, 3);
    EXPECT_EQ(encode_greedy(long_text, {.version = 3, .growth = Growth::refused}).version().number, 3);
    EXPECT_EQ(encode_greedy(long_text, {.growth = Growth::refused}).version().number, 3);
    expect(refusal(long_text, {.version = 2, .growth = Growth::refused}), core::Code::too_large,
           "needs version 3 at level L");
    expect(refusal("1", {.version = 41}), core::Code::invalid, "use 1 to 40");
    expect(refusal("1", {.version = -1}), core::Code::invalid, "use 1 to 40");
}

TEST(Greedy, MakesMicroQrCodes) {
    const GreedyOptions micro{.family = Family::micro};
    EXPECT_EQ(encode_greedy("12345", micro).version(), (Version{Family::micro, 1}));
    EXPECT_EQ(encode_greedy("abc", micro).version(), (Version{Family::micro, 3}));
    EXPECT_EQ(encode_greedy("12345", {.family = Family::micro, .version = 4}).version().number, 4);
    expect(refusal(std::string(16, 'x'), micro), core::Code::too_large, "make a QR code");
    expect(refusal("1", {.family = Family::micro, .version = 5}), core::Code::invalid, "use 1 to 4");
    expect(refusal("1", {.level = Level::high, .family = Family::micro}), core::Code::invalid, "no level H");
}

TEST(Greedy, SplitsIntoPartsOfOneVersion) {
    const auto parts = encode_greedy_parts(std::string(100, 'x'), {.version = 2});
    ASSERT_EQ(parts.size(), 4U);
    for (const Symbol& part : parts) EXPECT_EQ(part.version().number, 2);
    expect(refusal_of_parts("1", {}), core::Code::invalid, "none is given");
    expect(refusal_of_parts("1", {.family = Family::micro, .version = 1}), core::Code::invalid, "Micro");
    expect(refusal_of_parts(std::string(400, 'x'), {.version = 1}), core::Code::too_large,
           "16 QR codes of version 1 at level L: it has 400 bytes");
    expect(refusal_of_parts(std::string(200'000, '1'), {.version = 40}), core::Code::too_large, "shorten");
}

TEST(Greedy, RefusesWhatNoCodeHolds) {
    expect(refusal("", {}), core::Code::invalid, "empty");
    expect(refusal_of_parts("", {.version = 1}), core::Code::invalid, "empty");
    EXPECT_EQ(encode_greedy(std::string(7089, '1'), {}).version().number, 40);
    expect(refusal(std::string(7090, '1'), {}), core::Code::too_large, "it has 7090 bytes");
    expect(refusal(std::string(1300, 'x'), {.level = Level::high}), core::Code::too_large, "a lower level");
}

}  // namespace
}  // namespace tocsin::qr::encoding
