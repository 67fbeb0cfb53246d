// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/making/info.hpp"

#include <array>
#include <utility>

namespace tocsin::cli::qr::making {
namespace {

using namespace tocsin::qr::encoding;

std::string line(std::string_view name, const std::string& value) {
    return std::string(name) + ": " + value + "\n";
}

std::string modes_of(const Symbol& symbol) {
    std::string modes;
    for (const Segment& segment : symbol.content().segments) {
        if (!modes.empty()) modes += ", ";
        modes += std::string(name_of(segment.mode)) + ' ' + std::to_string(segment.characters);
    }
    return modes;
}

/// What could be added to the last segment.
std::string left(const Symbol& symbol) {
    const Content& content = symbol.content();
    const std::size_t bits = content.capacity_bits - content.used_bits;
    std::string text = std::to_string(bits) + (bits == 1 ? " bit" : " bits");
    constexpr std::array<std::string_view, 4> units{"digits", "alphanumerics", "bytes", "kanji"};
    constexpr std::array<std::size_t, 4> sixths{20, 33, 48, 78};
    if (content.segments.empty()) return text;
    const auto mode = static_cast<std::size_t>(content.segments.back().mode);
    return text + ", about " + std::to_string(bits * 6 / sixths[mode]) + ' ' + std::string(units[mode]);
}

}  // namespace

std::string info_of(const Symbol& symbol) {
    const std::string size = std::to_string(symbol.size());
    std::string text = line("version", to_string(symbol.version()));
    const bool detects_only = symbol.version() == Version{Family::micro, 1};
    text += line("level", detects_only ? "none" : std::string(1, letter_of(symbol.level())));
    text += line("mask", std::to_string(symbol.mask()));
    text += line("modules", size + " x " + size);
    text += line("eci", symbol.content().announces_utf8 ? "26 (UTF-8)" : "none");
    text += line("modes", modes_of(symbol));
    text += line("bits", std::to_string(symbol.content().used_bits) + " of " +
                             std::to_string(symbol.content().capacity_bits));
    text += line("left", left(symbol));
    if (symbol.part().count > 1)
        text += line("part", std::to_string(symbol.part().index + 1) + " of " +
                                 std::to_string(symbol.part().count) + ", parity " +
                                 std::to_string(symbol.part().parity));
    return text;
}

}  // namespace tocsin::cli::qr::making
