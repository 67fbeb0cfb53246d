// SPDX-License-Identifier: Apache-2.0
// What vector files draw, read back from their text: paths as polygons, and the modules that these cover.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/qr/drawing/picture.hpp"

namespace tocsin::qr::drawing::readback {

struct Spot {
    double x = 0;
    double y = 0;
};
using Polygon = std::vector<Spot>;

/// Where a level line crosses polygons, from the left: upwards (-1) or downwards (1).
using Crossings = std::vector<std::pair<double, int>>;

inline Crossings crossings(const std::vector<Polygon>& polygons, double y) {
    Crossings all;
    for (const Polygon& polygon : polygons)
        for (std::size_t i = 0; i < polygon.size(); ++i) {
            const Spot a = polygon[i];
            const Spot b = polygon[(i + 1) % polygon.size()];
            if ((a.y <= y) == (b.y <= y)) continue;
            all.emplace_back(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x), a.y <= y ? 1 : -1);
        }
    std::sort(all.begin(), all.end());
    return all;
}

/// Both rules of filling give the dark modules, in their middle and near two of their corners.
inline void expect_modules(const std::vector<Polygon>& polygons, const Picture& picture) {
    const double reach = picture.style().shape == Shape::square ? 0.49 : 0.3;
    for (int y = 0; y < picture.across(); ++y)
        for (const double off : {-reach, 0.0, reach}) {
            const Crossings line = crossings(polygons, y + 0.5 + off / 1.01);
            auto next = line.begin();
            int turns = 0;
            for (int x = 0; x <= picture.across(); ++x) {  // one beyond: the last one may be dark
                for (; next != line.end() && next->first < x + 0.5 + off; ++next) turns += next->second;
                const bool is_dark = picture.dark(x, y);
                ASSERT_EQ(turns, is_dark ? -1 : 0) << x << ',' << y << " off by " << off;
                ASSERT_EQ((next - line.begin()) % 2 != 0, is_dark) << x << ',' << y << " off by " << off;
            }
            ASSERT_EQ(line.end() - next, 0) << "nothing is drawn at the right of the modules";
        }
}

/// Symbols of all sizes that are quick to check, in every shape, some with a logo.
inline std::vector<Picture> pictures() {
    std::mt19937 random(20251123);
    std::vector<Picture> all;
    for (int round = 0; round < 36; ++round) {
        std::string text;
        for (std::size_t i = random() % 220; i + 1 > 0; --i) text += static_cast<char>('!' + random() % 90);
        Style style{.shape = static_cast<Shape>(round % 3)};
        if (round % 4 == 3) style.quiet_zone = 0;
        if (round % 6 > 3)
            style.logo = Logo{.image = {3, 2, std::vector<std::uint8_t>(24, 255)}, .area_percent = 9};
        const bool is_micro = round % 9 == 8;
        if (is_micro) text = std::to_string(random() % 1000);
        const encoding::Options options{.level = static_cast<encoding::Level>(is_micro ? 0 : random() % 4),
                                        .family = is_micro ? encoding::Family::micro : encoding::Family::qr};
        all.emplace_back(encoding::Symbol::encode(text, options), style);
    }
    return all;
}

inline std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
        ++found;
    return found;
}

/// What lies between two words.
inline std::string between(std::string_view text, std::string_view before, std::string_view behind) {
    const std::size_t start = text.find(before);
    if (start == std::string_view::npos) return {};
    const std::size_t begin = start + before.size();
    return std::string(text.substr(begin, text.find(behind, begin) - begin));
}

/// The streams of a PDF file, unpacked.
inline std::vector<std::string> streams_of(const std::string& pdf) {
    std::vector<std::string> streams;
    for (auto at = pdf.find("stream\r\n"); at != std::string::npos; at = pdf.find("\nstream\r\n", at)) {
        at = pdf.find("\r\n", at) + 2;
        const std::string packed = pdf.substr(at, pdf.find("endstream", at) - at);
        std::string stream(4 << 20, '\0');
        uLongf size = stream.size();
        if (uncompress(reinterpret_cast<Bytef*>(stream.data()), &size,
                       reinterpret_cast<const Bytef*>(packed.data()), packed.size()) != Z_OK)
            continue;
        streams.push_back(stream.substr(0, size));
    }
    return streams;
}

/// The operators of a page, each with its operands.
struct Operation {
    std::string name;
    std::vector<double> operands;
};

inline std::vector<Operation> operations_of(const std::string& page) {
    std::vector<Operation> operations;
    std::vector<double> operands;
    std::istringstream words(page);
    for (std::string word; words >> word;) {
        char* end = nullptr;
        const double value = std::strtod(word.c_str(), &end);
        if (*end == '\0') {
            operands.push_back(value);
        } else {
            operations.push_back({word, std::move(operands)});
            operands.clear();
        }
    }
    return operations;
}

}  // namespace tocsin::qr::drawing::readback
