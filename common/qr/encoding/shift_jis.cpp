// SPDX-License-Identifier: Apache-2.0
#include "common/qr/encoding/shift_jis.hpp"

#include <iconv.h>

#include <array>
#include <string>

#include "common/core/error.hpp"
#include "common/core/text.hpp"

namespace tocsin::qr::encoding {
namespace {

/// A converter of the C library from UTF-8.
class Converter {
 public:
    explicit Converter(const char* to) : handle_(iconv_open(to, "UTF-8")) {
        // iconv reports failure by this value
        // NOLINTNEXTLINE(performance-no-int-to-ptr, cppcoreguidelines-pro-type-reinterpret-cast)
        if (handle_ == reinterpret_cast<iconv_t>(-1))
            throw core::Error(core::Code::internal, std::string("the C library has no converter to ") + to,
                              "install the files of gconv, or write the text as UTF-8");
    }
    ~Converter() { iconv_close(handle_); }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    /// The two bytes of one character; 0 when it has another number of them.
    std::uint16_t two_bytes(std::string_view character) noexcept {
        std::array<char, 8> in{};
        character.copy(in.data(), in.size());
        std::array<char, 8> out{};
        char* from = in.data();
        char* to = out.data();
        std::size_t from_bytes = character.size();
        std::size_t to_bytes = out.size();
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        const bool converted = iconv(handle_, &from, &from_bytes, &to, &to_bytes) == 0;
        if (!converted || to_bytes != out.size() - 2) return 0;
        const unsigned high = static_cast<unsigned char>(out[0]);
        return static_cast<std::uint16_t>(high << 8U | static_cast<unsigned char>(out[1]));
    }

 private:
    iconv_t handle_;
};

/// Of this one decoders make U+2212 or U+FF0D.
constexpr std::uint16_t minus = 0x817C;

bool is_in_kanji_mode(std::uint16_t code) noexcept {
    if (code == minus) return false;
    return (code >= 0x8140 && code <= 0x9FFC) || (code >= 0xE040 && code <= 0xEBBF);
}

std::size_t utf8_size(char first) noexcept {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

std::optional<std::vector<Character>> kanji_characters(std::string_view text) {
    if (!core::is_utf8(text)) return std::nullopt;
    Converter japanese("SHIFT_JIS");
    Converter windows("CP932");
    std::vector<Character> characters;
    for (std::size_t at = 0; at < text.size(); at += characters.back().utf8_bytes) {
        Character character{.utf8_bytes = static_cast<std::uint32_t>(utf8_size(text[at]))};
        if (text[at] == '\\' || text[at] == '~') return std::nullopt;
        if (character.utf8_bytes > 1) {
            const std::string_view bytes = text.substr(at, character.utf8_bytes);
            character.shift_jis = japanese.two_bytes(bytes);
            if (!is_in_kanji_mode(character.shift_jis) || windows.two_bytes(bytes) != character.shift_jis)
                return std::nullopt;
        }
        characters.push_back(character);
    }
    return characters;
}

}  // namespace tocsin::qr::encoding
