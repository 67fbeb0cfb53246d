// SPDX-License-Identifier: Apache-2.0
#include "common/qr/encoding/greedy.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include "common/core/error.hpp"
#include "common/qr/encoding/library.hpp"

namespace tocsin::qr::encoding {
namespace {

using core::Code;
using core::Error;

constexpr std::size_t max_parts = 16;
/// Digits in a version 40 at level L: no text that is longer fits, whatever it is made of.
constexpr std::size_t max_characters = 7089;

bool begins_kanji(std::string_view text) noexcept {
    if (text.size() < 2) return false;
    const unsigned value = static_cast<unsigned char>(text[0]) * 256U + static_cast<unsigned char>(text[1]);
    return (value >= 0x8140 && value <= 0x9FFC) || (value >= 0xE040 && value <= 0xEBBF);
}

std::string in_capitals(std::string text, Kanji kanji) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (kanji == Kanji::on && begins_kanji(std::string_view(text).substr(i)))
            ++i;
        else if (text[i] >= 'a' && text[i] <= 'z')
            text[i] = static_cast<char>(text[i] - 'a' + 'A');
    }
    return text;
}

std::string family_name(Family family) { return family == Family::micro ? "a Micro QR code" : "a QR code"; }

/// A text and its options as libqrencode takes them.
struct Input {
    std::string text;
    int version = 0;
    QRecLevel level = QR_ECLEVEL_L;
    bool greedy = true;
    QRencodeMode hint = QR_MODE_8;
    int case_sensitive = 1;

    int size() const noexcept { return static_cast<int>(text.size()); }
    const unsigned char* bytes() const noexcept {
        return reinterpret_cast<const unsigned char*>(text.data());  // chars may be looked at as bytes
    }
};

void check(std::string_view text, const GreedyOptions& options) {
    if (text.empty())
        throw Error(Code::invalid, "the text is empty: a QR code needs at least one byte", "give a text");
    const int last = last_version(options.family);
    if (options.version < 0 || options.version > last)
        throw Error(
            Code::invalid,
            "there is no version " + std::to_string(options.version) + " of " + family_name(options.family),
            "use 1 to " + std::to_string(last));
    if (options.family == Family::micro && options.level == Level::high)
        throw Error(Code::invalid, "a Micro QR code has no level H", "use L, M or Q, or make a QR code");
}

/// Of texts that are not longer by far than any symbols hold.
Input input_of(std::string_view text, const GreedyOptions& options) {
    Input input{.text = std::string(text),
                .version = options.version,
                .level = library_level(options.level),
                .greedy = options.cut == Cut::greedy,
                .hint = options.kanji == Kanji::on ? QR_MODE_KANJI : QR_MODE_8,
                .case_sensitive = options.letters == Case::kept ? 1 : 0};
    if (input.greedy && text.find('\0') != std::string_view::npos) {
        input.greedy = false;
        if (options.letters == Case::capitals) input.text = in_capitals(std::move(input.text), options.kanji);
    }
    return input;
}

[[noreturn]] void refuse_length(std::string_view text, const GreedyOptions& options,
                                const std::string& holder) {
    std::string hint = "shorten it";
    if (options.level != Level::low) hint += ", or use a lower level";
    if (options.family == Family::micro) hint += ", or make a QR code";
    throw Error(Code::too_large,
                "the text is too long for " + holder + " at level " + letter_of(options.level) + ": it has " +
                    std::to_string(text.size()) + (text.size() == 1 ? " byte" : " bytes"),
                std::move(hint));
}

[[noreturn]] void failed(std::string_view text, const GreedyOptions& options, const std::string& holder) {
    // of a Micro QR code the last version is the one that told why; it tells this way, too, what it lacks
    if (errno == ERANGE || (options.family == Family::micro && errno == EINVAL))
        refuse_length(text, options, holder);
    library_failed();
}

QRcode* encode(const Input& input, Family family) {
    if (family == Family::micro)
        return input.greedy ? QRcode_encodeStringMQR(input.text.c_str(), input.version, input.level,
                                                     input.hint, input.case_sensitive)
                            : QRcode_encodeDataMQR(input.size(), input.bytes(), input.version, input.level);
    return input.greedy ? QRcode_encodeString(input.text.c_str(), input.version, input.level, input.hint,
                                              input.case_sensitive)
                        : QRcode_encodeData(input.size(), input.bytes(), input.version, input.level);
}

QRcode_List* encode_structured(const Input& input) {
    return input.greedy
               ? QRcode_encodeStringStructured(input.text.c_str(), input.version, input.level, input.hint,
                                               input.case_sensitive)
               : QRcode_encodeDataStructured(input.size(), input.bytes(), input.version, input.level);
}

void refuse_growth(const Symbol& symbol, const GreedyOptions& options) {
    if (options.growth == Growth::allowed || options.version == 0 ||
        symbol.version().number == options.version)
        return;
    throw Error(Code::too_large,
                "the text needs version " + to_string(symbol.version()) + " at level " +
                    letter_of(options.level) + ", and version " +
                    to_string({options.family, options.version}) + " is the one to use",
                "shorten it, or allow higher versions");
}

}  // namespace

Symbol encode_greedy(std::string_view text, const GreedyOptions& options) {
    check(text, options);
    if (text.size() > max_characters) refuse_length(text, options, family_name(options.family));
    const Owned<QRcode> code(encode(input_of(text, options), options.family));
    if (!code) failed(text, options, family_name(options.family));
    Symbol symbol = Library::adopt(*code, options.family, options.level);
    refuse_growth(symbol, options);
    return symbol;
}

std::vector<Symbol> encode_greedy_parts(std::string_view text, const GreedyOptions& options) {
    if (options.family == Family::micro)
        throw Error(Code::invalid, "Micro QR codes can't be joined: they have no structured append",
                    "make QR codes, or one code");
    if (options.version == 0)
        throw Error(Code::invalid, "a text is split into codes of one version, and none is given",
                    "give a version, 1 to 40");
    check(text, options);
    const std::string holder = "16 QR codes of version " + std::to_string(options.version);
    if (text.size() > max_parts * max_characters) refuse_length(text, options, holder);
    const Owned<QRcode_List> codes(encode_structured(input_of(text, options)));
    if (!codes) failed(text, options, holder);
    std::vector<Symbol> symbols;
    for (const QRcode_List* entry = codes.get(); entry != nullptr; entry = entry->next)
        symbols.push_back(Library::adopt(*entry->code, options.family, options.level));
    for (const Symbol& symbol : symbols) refuse_growth(symbol, options);
    return symbols;
}

}  // namespace tocsin::qr::encoding
