// SPDX-License-Identifier: Apache-2.0
#include "common/qr/terminal.hpp"

#include <array>
#include <string_view>

namespace tocsin::qr {
namespace {

// Colours 16 and 231 of the 256 are true black and white; themes change only the first 16.
constexpr std::string_view black_on_white = "\x1b[38;5;16;48;5;231m";
constexpr std::string_view reset = "\x1b[0m";

/// By the drawn halves: none, upper, lower, both.
constexpr std::array<std::string_view, 4> blocks{" ", "▀", "▄", "█"};

void append_line(const Symbol& symbol, int top, Ink ink, std::string& out) {
    const bool drawn = ink == Ink::escapes;  // the kind of module that is drawn: dark, or else light
    for (int x = -quiet_zone_modules; x < symbol.size() + quiet_zone_modules; ++x) {
        const std::size_t upper = symbol.at(x, top) == drawn ? 1 : 0;
        const std::size_t lower = symbol.at(x, top + 1) == drawn ? 2 : 0;
        out += blocks[upper + lower];
    }
}

}  // namespace

std::string to_terminal(const Symbol& symbol, Ink ink) {
    std::string out;
    for (int top = -quiet_zone_modules; top < symbol.size() + quiet_zone_modules; top += 2) {
        if (ink == Ink::escapes) out += black_on_white;
        append_line(symbol, top, ink, out);
        if (ink == Ink::escapes) out += reset;
        out += '\n';
    }
    return out;
}

}  // namespace tocsin::qr
