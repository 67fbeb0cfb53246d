// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/kitty.hpp"

#include <cstdint>
#include <string_view>

#include "common/qr/drawing/png.hpp"

namespace tocsin::qr::drawing {
namespace {

constexpr std::size_t chunk_characters = 4096;

/// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::string_view group = bytes.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8U | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            out += k <= group.size() ? letters[bits >> (18 - 6 * k) & 63U] : '=';
    }
    return out;
}

}  // namespace

std::string to_kitty(const Picture& picture, const Scale& scale) {
    const std::string text = base64(to_png(picture, scale));
    std::string out;
    // f=100: a PNG image; a=T: show it at once; q=2: say nothing, not even of errors (older kitty reads this
    // in the last sequence only); m=1: more follows.
    std::string_view keys = "f=100,a=T,";
    for (std::size_t i = 0; i < text.size(); i += chunk_characters) {
        const bool more = i + chunk_characters < text.size();
        out.append("\x1b_G").append(keys).append(more ? "q=2,m=1;" : "q=2,m=0;");
        out.append(text, i, chunk_characters).append("\x1b\\");
        keys = "";
    }
    return out + '\n';
}

}  // namespace tocsin::qr::drawing
