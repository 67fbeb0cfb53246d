// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/typeface.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/core/error.hpp"
#include "common/core/text.hpp"

namespace tocsin::qr::drawing {
namespace {

using core::Code;
using core::Error;

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
    throw Error(Code::invalid, "the font " + file + ' ' + why,
                "use a TrueType font, a file that ends in .ttf");
}

std::string content_of(const std::string& file) {
    std::error_code none;
    if (!std::filesystem::is_regular_file(file, none))
        throw Error(Code::not_found, "there is no font file " + file,
                    "install the package fonts-dejavu-core, or name a TrueType font");
    std::ifstream stream(file, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    if (!stream) refuse(file, "can't be read");
    return bytes;
}

}  // namespace

std::u32string characters_of(std::string_view text) {
    if (!core::is_utf8(text))
        throw Error(Code::invalid, "a caption is not UTF-8",
                    "convert the file to UTF-8, with iconv for example");
    std::u32string characters;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) == 0x80)
            characters.back() = characters.back() << 6 | (byte & 0x3FU);
        else
            characters += byte < 0x80 ? byte : byte & (byte >= 0xF0 ? 0x07U : byte >= 0xE0 ? 0x0FU : 0x1FU);
    }
    return characters;
}

std::string utf8_of(std::u32string_view characters) {
    std::string text;
    const auto add = [&](char32_t bits) { text += static_cast<char>(bits); };
    for (const char32_t c : characters) {
        if (c < 0x80) {
            add(c);
            continue;
        }
        const int more = c >= 0x10000 ? 3 : c >= 0x800 ? 2 : 1;
        add((more == 3 ? 0xF0U : more == 2 ? 0xE0U : 0xC0U) | c >> (6 * more));
        for (int i = more - 1; i >= 0; --i) add(0x80U | (c >> (6 * i) & 0x3FU));
    }
    return text;
}

/// The tables of a font file (ISO/IEC 14496-22), with their bounds guarded.
class Typeface::Reader {
 public:
    explicit Reader(const std::string& file) : file_(file), bytes_(content_of(file)) {
        const std::uint32_t kind = at32(0);
        if (kind != 0x00010000 && kind != 0x74727565) refuse(file_, "is no TrueType font");  // 'true'
    }

    Typeface read() const {
        Typeface face;
        const double em = at16(table("head") + 18);
        if (em == 0) damaged();
        const std::size_t hhea = table("hhea");
        face.ascent_ = signed16(hhea + 4) / em;
        face.descent_ = -signed16(hhea + 6) / em;
        const std::size_t widths = table("hmtx");
        for (std::size_t i = 0; i < at16(hhea + 34); ++i) face.widths_.push_back(at16(widths + 4 * i) / em);
        if (face.widths_.empty()) damaged();
        read_characters(unicode_table(), face);
        return face;
    }

 private:
    [[noreturn]] void damaged() const { refuse(file_, "is damaged"); }

    std::uint16_t at16(std::size_t offset) const {
        if (offset + 2 > bytes_.size()) damaged();
        return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes_[offset]) << 8 |
                                          static_cast<unsigned char>(bytes_[offset + 1]));
    }
    std::int16_t signed16(std::size_t offset) const { return static_cast<std::int16_t>(at16(offset)); }
    std::uint32_t at32(std::size_t offset) const {
        return static_cast<std::uint32_t>(at16(offset)) << 16 | at16(offset + 2);
    }

    /// Where the table begins in the file.
    std::size_t table(std::string_view tag) const {
        const std::size_t count = at16(4);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t entry = 12 + 16 * i;
            const std::size_t begin = at32(entry + 8);
            if (std::string_view(bytes_).substr(std::min(entry, bytes_.size()), 4) == tag) return begin;
        }
        refuse(file_, "has no table '" + std::string(tag) + "'");
    }

    /// The map of format 4 for Unicode's first plane: libharu reads no other one.
    std::size_t unicode_table() const {
        const std::size_t cmap = table("cmap");
        for (std::size_t i = 0; i < at16(cmap + 2); ++i) {
            const std::size_t entry = cmap + 4 + 8 * i;
            const std::size_t begin = cmap + at32(entry + 4);
            if (at16(entry) == 3 && at16(entry + 2) == 1 && at16(begin) == 4) return begin;
        }
        refuse(file_, "has no table of Unicode characters");
    }

    void read_characters(std::size_t map, Typeface& face) const {
        const std::size_t size = at16(map + 6);  // of an array of two bytes for each range
        const std::size_t ends = map + 14;
        const std::size_t starts = ends + size + 2;
        for (std::size_t i = 0; i < size; i += 2) {
            const std::uint16_t first = at16(starts + i);
            const std::uint16_t last = at16(ends + i);
            const std::uint16_t delta = at16(starts + size + i);
            const std::size_t offset_at = starts + 2 * size + i;
            const std::uint16_t offset = at16(offset_at);
            Range range{first, {}};
            for (std::size_t c = first; c <= last && c < 0xFFFF; ++c) {
                std::size_t glyph = c;
                if (offset != 0) glyph = at16(offset_at + offset + 2 * (c - first));
                if (offset == 0 || glyph != 0) glyph = (glyph + delta) & 0xFFFF;
                range.glyphs.push_back(static_cast<std::uint16_t>(glyph));
            }
            face.ranges_.push_back(std::move(range));
        }
        std::sort(face.ranges_.begin(), face.ranges_.end(),
                  [](const Range& a, const Range& b) { return a.first < b.first; });
    }

    const std::string& file_;
    std::string bytes_;
};

Typeface Typeface::read(const std::string& file) { return Reader(file).read(); }

double Typeface::width(std::u32string_view text) const noexcept {
    double sum = 0;
    for (const char32_t character : text) sum += width(character);
    return sum;
}

std::uint16_t Typeface::glyph_of(char32_t character) const noexcept {
    const auto behind = std::upper_bound(ranges_.begin(), ranges_.end(), character,
                                         [](char32_t c, const Range& range) { return c < range.first; });
    if (behind == ranges_.begin()) return 0;
    const Range& range = *std::prev(behind);
    const std::size_t index = character - range.first;
    return index < range.glyphs.size() ? range.glyphs[index] : std::uint16_t{0};
}

double Typeface::width_of(std::uint16_t glyph) const noexcept {
    return widths_[std::min<std::size_t>(glyph, widths_.size() - 1)];
}

}  // namespace tocsin::qr::drawing
