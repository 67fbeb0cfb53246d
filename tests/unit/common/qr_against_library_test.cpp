// SPDX-License-Identifier: Apache-2.0
// Symbols beside those that libqrencode makes of the same text by itself, as its tool does.
#include <gtest/gtest.h>
#include <qrencode.h>

#include <memory>
#include <random>
#include <string>

#include "common/qr/encoding/symbol.hpp"

namespace tocsin::qr::encoding {
namespace {

constexpr int urls = 3000;

int version_of_library(const std::string& text, Level level) {
    constexpr std::array levels{QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeString(text.c_str(), 0, levels[static_cast<std::size_t>(level)], QR_MODE_8, 1),
        &QRcode_free);
    return code ? code->version : 99;
}

class Urls {
 public:
    std::string next() {
        std::string url = one_of(4) == 0 ? "http://" : "https://";
        url += word(lower, 3, 12) + (one_of(3) == 0 ? "." + word(lower, 3, 10) : "") + ".com/";
        for (std::size_t parts = 1 + one_of(3); parts > 0; --parts) {
            url += word(one_of(3) == 0 ? digits : one_of(2) == 0 ? mixed : lower, 3, 18);
            url += parts > 1 ? "/" : "";
        }
        if (one_of(3) == 0)
            url += "?" + word(lower, 1, 3) + "=" + word(one_of(2) == 0 ? digits : capitals, 2, 20);
        return url;
    }
    Level level() { return static_cast<Level>(one_of(4)); }

 private:
    static constexpr std::string_view digits = "0123456789";
    static constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
    static constexpr std::string_view capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static constexpr std::string_view mixed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=&";

    std::size_t one_of(std::size_t count) { return random_() % count; }
    std::string word(std::string_view letters, std::size_t least, std::size_t most) {
        std::string text;
        for (std::size_t left = least + one_of(most - least + 1); left > 0; --left)
            text += letters[one_of(letters.size())];
        return text;
    }

    std::mt19937 random_{20261123};
};

TEST(Urls, AreNeverLargerThanTheLibraryMakesThemAndOftenSmaller) {
    Urls source;
    int smaller = 0;
    for (int i = 0; i < urls; ++i) {
        const std::string url = source.next();
        const Level level = source.level();
        const int ours = Symbol::encode(url, {.level = level}).version().number;
        const int theirs = version_of_library(url, level);
        ASSERT_LE(ours, theirs) << url;
        if (ours < theirs) ++smaller;
    }
    RecordProperty("smaller", smaller);
    EXPECT_GE(smaller, urls * 15 / 1000) << "of " << urls;
}

}  // namespace
}  // namespace tocsin::qr::encoding
