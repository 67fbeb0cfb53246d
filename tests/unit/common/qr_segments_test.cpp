// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>

#include "common/qr/encoding/segments.hpp"

namespace tocsin::qr::encoding {
namespace {

bool can(Mode mode, char byte) {
    const std::string digits = "0123456789";
    const std::string more = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    if (mode == Mode::numeric) return digits.find(byte) != std::string::npos;
    if (mode == Mode::alphanumeric) return more.find(byte) != std::string::npos;
    return mode == Mode::byte;
}

/// The fewest bits of all ways to give each byte a mode.
std::size_t tried(const std::string& text, Version version) {
    std::size_t ways = 1;
    for (std::size_t i = 0; i < text.size(); ++i) ways *= 3;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (std::size_t way = 0; way < ways; ++way) {
        std::vector<Segment> segments;
        bool possible = true;
        std::size_t rest = way;
        for (const char byte : text) {
            const auto mode = static_cast<Mode>(rest % 3);
            rest /= 3;
            possible = possible && can(mode, byte);
            if (segments.empty() || segments.back().mode != mode) segments.push_back({.mode = mode});
            ++segments.back().characters;
        }
        if (const auto bits = possible ? bits_of(segments, version) : std::nullopt)
            fewest = std::min(fewest, *bits);
    }
    return fewest;
}

TEST(Segments, TakeTheFewestBitsThatThereAre) {
    std::mt19937 random(20261123);
    const std::string letters = "0123456789ABab";
    for (const Version version :
         {Version{Family::qr, 1}, {Family::qr, 10}, {Family::micro, 3}, {Family::micro, 4}})
        for (int round = 0; round < 60; ++round) {
            std::string text;
            for (int i = 0; i < 9; ++i) text += letters[random() % letters.size()];
            const auto segments = segment(Units(text, Kanji::off).all(), version);
            ASSERT_TRUE(segments);
            EXPECT_EQ(bits_of(*segments, version), tried(text, version)) << text;
        }
}

TEST(Segments, JoinToTheText) {
    std::mt19937 random(7);
    const std::string letters = "0000000000111111111AAAAAAA:aaaaa";
    for (int round = 0; round < 200; ++round) {
        std::string text;
        for (int i = 0; i < 80; ++i) text.append(1 + random() % 7, letters[random() % letters.size()]);
        const auto segments = segment(Units(text, Kanji::off).all(), {Family::qr, 20});
        ASSERT_TRUE(segments);
        std::string joined;
        for (const Segment& one : *segments) {
            EXPECT_EQ(one.data.size(), one.characters);
            for (const char byte : one.data) EXPECT_TRUE(can(one.mode, byte));
            joined += one.data;
        }
        EXPECT_EQ(joined, text);
    }
}

TEST(Segments, CountsWhatFits) {
    const std::string text = "abc0123456789ABCDEFGHIJabcdef";
    const Units units(text, Kanji::off);
    const Version version{Family::qr, 1};
    for (std::size_t bits = 0; bits < 260; bits += 3) {
        const std::size_t count = count_that_fit(units.all(), version, bits);
        if (count > 0) {
            EXPECT_LE(bits_of(*segment(units.all().first(count), version), version), bits);
        }
        if (count < text.size()) {
            EXPECT_GT(bits_of(*segment(units.all().first(count + 1), version), version), bits);
        }
    }
}

TEST(Segments, ReportAMissingMode) {
    EXPECT_EQ(segment(Units("abc", Kanji::off).all(), {Family::micro, 2}), std::nullopt);
    EXPECT_EQ(segment(Units("1A", Kanji::off).all(), {Family::micro, 1}), std::nullopt);
    EXPECT_EQ(segment({}, {Family::qr, 1}), std::nullopt);
    const std::vector<Segment> many{{.mode = Mode::byte, .data = {}, .characters = 256}};
    EXPECT_EQ(bits_of(many, {Family::qr, 9}), std::nullopt) << "its header counts to 255";
    EXPECT_EQ(bits_of(many, {Family::qr, 10}), 4U + 16U + 2048U);
}

TEST(Kanji, IsTakenWhereAllDecodersAgree) {
    EXPECT_TRUE(has_kanji_form("日本"));
    EXPECT_TRUE(has_kanji_form("abc日本"));
    EXPECT_TRUE(has_kanji_form("カタカナ、ひらがな"));
    EXPECT_FALSE(has_kanji_form("abc"));
    EXPECT_FALSE(has_kanji_form("ü"));
    EXPECT_FALSE(has_kanji_form("ｶﾅ")) << "half-width katakana has one byte";
    EXPECT_FALSE(has_kanji_form("日−本")) << "U+2212 or U+FF0D";
    EXPECT_FALSE(has_kanji_form("日本~x")) << "a tilde or an overline";
    EXPECT_FALSE(has_kanji_form("日本\\x")) << "a backslash or a yen sign";
    EXPECT_FALSE(has_kanji_form("①")) << "only Windows has it";
    EXPECT_FALSE(has_kanji_form("\x93\xfa")) << "not UTF-8";
    const auto segments = segment(Units("点茗", Kanji::on).all(), {Family::qr, 1});
    ASSERT_TRUE(segments);  // the example of ISO/IEC 18004, section 7.4.6
    EXPECT_EQ(*segments, (std::vector<Segment>{{Mode::kanji, "\x93\x5f\xe4\xaa", 2}}));
    EXPECT_EQ(bits_of(*segments, {Family::qr, 1}), 4U + 8U + 26U);
}

}  // namespace
}  // namespace tocsin::qr::encoding
