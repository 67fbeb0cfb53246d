// SPDX-License-Identifier: Apache-2.0
#include "common/qr/symbol.hpp"

#include <qrencode.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include "common/core/error.hpp"
#include "common/core/text.hpp"

namespace tocsin::qr {
namespace {

constexpr std::string_view level_letters = "LMQH";
constexpr std::string_view alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
constexpr unsigned eci_utf8 = 26;

/// What version 40 holds, by level (ISO/IEC 18004, table 7).
struct Capacity {
    std::size_t digits;
    std::size_t alphanumerics;
    std::size_t bytes;
};
constexpr std::array<Capacity, 4> capacities{
    {{7089, 4296, 2953}, {5596, 3391, 2331}, {3993, 2420, 1663}, {3057, 1852, 1273}}};

struct Free {
    void operator()(QRcode* code) const noexcept { QRcode_free(code); }
    void operator()(QRinput* input) const noexcept { QRinput_free(input); }
};
using Code = std::unique_ptr<QRcode, Free>;
using Input = std::unique_ptr<QRinput, Free>;

QRecLevel library_level(Level level) noexcept {
    constexpr std::array levels{QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
    return levels[static_cast<std::size_t>(level)];
}

bool is_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool needs_eci(std::string_view text) noexcept { return !is_ascii(text) && core::is_utf8(text); }

std::size_t capacity(std::string_view text, Level level) noexcept {
    const Capacity& most = capacities[static_cast<std::size_t>(level)];
    if (text.find_first_not_of(alphanumeric.substr(0, 10)) == std::string_view::npos) return most.digits;
    if (text.find_first_not_of(alphanumeric) == std::string_view::npos) return most.alphanumerics;
    return needs_eci(text) ? most.bytes - 1 : most.bytes;  // the ECI header takes 12 bits
}

[[noreturn]] void refuse(std::string_view text, Level level) {
    std::string hint = "shorten it";
    if (const std::size_t most = capacity(text, Level::low); level != Level::low && text.size() <= most)
        hint += ", or use level L, which holds " + std::to_string(most);
    throw core::Error(core::Code::too_large,
                      "the text is too long for a QR code: it has " + std::to_string(text.size()) +
                          " bytes, and level " + letter_of(level) + " holds at most " +
                          std::to_string(capacity(text, level)),
                      std::move(hint));
}

[[noreturn]] void library_failed() {
    throw core::Error(core::Code::internal, "libqrencode failed: " + std::generic_category().message(errno),
                      "please report this text as a bug");
}

/// The code; none when it does not fit.
Code owned(QRcode* code) {
    if (code == nullptr && errno != ERANGE) library_failed();
    return Code(code);
}

/// All in one byte segment, with the announcement that it is UTF-8 when it is more than ASCII.
Code encode_bytes(std::string_view text, Level level) {
    const Input input(QRinput_new2(0, library_level(level)));
    if (!input) library_failed();
    if (needs_eci(text) && QRinput_appendECIheader(input.get(), eci_utf8) != 0) library_failed();
    const std::vector<unsigned char> bytes(text.begin(), text.end());
    if (QRinput_append(input.get(), QR_MODE_8, static_cast<int>(bytes.size()), bytes.data()) != 0)
        library_failed();
    return owned(QRcode_encodeInput(input.get()));
}

/// Digits and capitals in segments of their own, where the library sees a gain. Takes no NUL.
Code encode_segments(std::string_view text, Level level) {
    const std::string terminated(text);
    return owned(QRcode_encodeString(terminated.c_str(), 0, library_level(level), QR_MODE_8, 1));
}

Code smaller(Code a, Code b) {
    if (!a || (b && b->width < a->width)) return b;
    return a;
}

Code smallest(std::string_view text, Level level) {
    Code bytes = encode_bytes(text, level);
    if (!is_ascii(text) || text.find('\0') != std::string_view::npos) return bytes;
    return smaller(encode_segments(text, level), std::move(bytes));  // segments are a guess: at times larger
}

}  // namespace

char letter_of(Level level) noexcept { return level_letters[static_cast<std::size_t>(level)]; }

std::optional<Level> level_named(std::string_view letter) noexcept {
    if (letter.size() != 1) return std::nullopt;
    const char upper =
        letter[0] >= 'a' && letter[0] <= 'z' ? static_cast<char>(letter[0] - 'a' + 'A') : letter[0];
    const auto place = level_letters.find(upper);
    if (place == std::string_view::npos) return std::nullopt;
    return static_cast<Level>(place);
}

Symbol Symbol::encode(std::string_view text, Level level) {
    if (text.empty())
        throw core::Error(core::Code::invalid, "the text is empty: a QR code needs at least one byte",
                          "give a text");
    if (text.size() > capacities[0].digits) refuse(text, level);  // nothing longer ever fits
    const Code code = smallest(text, level);
    if (!code) refuse(text, level);
    const auto width = static_cast<std::size_t>(code->width);
    std::vector<std::uint8_t> modules(code->data, code->data + width * width);
    for (std::uint8_t& module : modules) module &= 1;  // the other bits say what the module is for
    return Symbol(code->width, std::move(modules));
}

bool Symbol::at(int x, int y) const noexcept {
    if (x < 0 || y < 0 || x >= size_ || y >= size_) return false;
    return modules_[static_cast<std::size_t>(y) * static_cast<std::size_t>(size_) +
                    static_cast<std::size_t>(x)] != 0;
}

}  // namespace tocsin::qr
