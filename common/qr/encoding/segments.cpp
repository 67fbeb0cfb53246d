// SPDX-License-Identifier: Apache-2.0
#include "common/qr/encoding/segments.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "common/core/error.hpp"
#include "common/qr/encoding/shift_jis.hpp"

namespace tocsin::qr::encoding {
namespace {

constexpr std::array modes{Mode::numeric, Mode::alphanumeric, Mode::byte, Mode::kanji};

/// Sixths of a bit: a digit takes ten thirds of a bit, an alphanumeric character eleven halves.
using Cost = std::uint32_t;
constexpr Cost bit = 6;
constexpr std::array<Cost, 4> unit_costs{20, 33, 48, 78};
constexpr Cost never = std::numeric_limits<Cost>::max() / 2;

using PerMode = std::array<Cost, 4>;

Cost whole_bits(Cost cost) noexcept { return (cost + bit - 1) / bit * bit; }

std::size_t place(Mode mode) noexcept { return static_cast<std::size_t>(mode); }

/// The modes that can write a byte, as bits in the order of `modes`.
constexpr std::array<std::uint8_t, 256> modes_of_bytes = [] {
    constexpr std::string_view alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    std::array<std::uint8_t, 256> modes_of{};
    modes_of.fill(1U << 2U);
    for (std::size_t i = 0; i < alphanumeric.size(); ++i)
        modes_of[static_cast<unsigned char>(alphanumeric[i])] = i < 10 ? 0b0111 : 0b0110;
    return modes_of;
}();
constexpr std::uint8_t kanji_only = 1U << 3U;

std::uint8_t modes_of(const Unit& unit) noexcept {
    return unit.shift_jis != 0 ? kanji_only : modes_of_bytes[static_cast<unsigned char>(unit.byte)];
}

/// The cheapest way to each mode, unit by unit.
class Search {
 public:
    explicit Search(Version version) noexcept {
        for (const Mode mode : modes) {
            const auto bits = header_bits(version, mode);
            headers_[place(mode)] = bits ? static_cast<Cost>(bits->indicator + bits->count) * bit : never;
        }
        costs_.fill(never);
    }

    /// Adds a unit. For each mode: the mode of the unit before it.
    std::array<std::uint8_t, 4> add(const Unit& unit) noexcept {
        const auto cheapest = std::ranges::min_element(costs_);
        const auto from = static_cast<std::uint8_t>(cheapest - costs_.begin());
        const Cost switched = first_ ? 0 : std::min(whole_bits(*cheapest), never);
        const std::uint8_t allowed = modes_of(unit);
        std::array<std::uint8_t, 4> before{};
        for (std::size_t mode = 0; mode < modes.size(); ++mode) {
            const Cost entered = std::min(switched + headers_[mode], never);
            before[mode] = costs_[mode] <= entered ? static_cast<std::uint8_t>(mode) : from;
            const bool can = (allowed >> mode & 1U) != 0;
            costs_[mode] = can ? std::min(std::min(costs_[mode], entered) + unit_costs[mode], never) : never;
        }
        first_ = false;
        return before;
    }

    /// The mode of the last unit in the cheapest way, and what that takes.
    std::size_t best() const noexcept {
        return static_cast<std::size_t>(std::ranges::min_element(costs_) - costs_.begin());
    }
    bool possible() const noexcept { return costs_[best()] < never; }
    std::size_t bits() const noexcept { return whole_bits(costs_[best()]) / bit; }

 private:
    PerMode headers_{};
    PerMode costs_{};
    bool first_ = true;
};

void append(const Unit& unit, Mode mode, std::vector<Segment>& segments) {
    if (segments.empty() || segments.back().mode != mode) segments.push_back({.mode = mode});
    Segment& segment = segments.back();
    if (mode == Mode::kanji) segment.data += static_cast<char>(unit.shift_jis >> 8U);
    segment.data += mode == Mode::kanji ? static_cast<char>(unit.shift_jis & 0xFFU) : unit.byte;
    ++segment.characters;
}

std::size_t data_bits(Mode mode, std::size_t characters) noexcept {
    return (characters * unit_costs[place(mode)] + bit - 1) / bit;
}

}  // namespace

std::optional<std::size_t> bits_of(std::span<const Segment> segments, Version version) noexcept {
    std::size_t bits = 0;
    for (const Segment& segment : segments) {
        const auto header = header_bits(version, segment.mode);
        if (!header || segment.characters >> static_cast<unsigned>(header->count) != 0) return std::nullopt;
        bits += static_cast<std::size_t>(header->indicator + header->count) +
                data_bits(segment.mode, segment.characters);
    }
    return bits;
}

Units::Units(std::string_view text, Kanji kanji) {
    units_.reserve(text.size());
    if (kanji == Kanji::off) {
        for (const char byte : text) units_.push_back({.byte = byte});
        return;
    }
    const auto characters = kanji_characters(text);
    if (!characters)
        throw core::Error(core::Code::internal, "kanji mode lacks a character of the text",
                          "write it as UTF-8");
    std::size_t at = 0;
    for (const Character& character : *characters) {
        units_.push_back({.shift_jis = character.shift_jis,
                          .bytes = static_cast<std::uint8_t>(character.utf8_bytes),
                          .byte = text[at]});
        at += character.utf8_bytes;
    }
}

bool has_kanji_form(std::string_view text) {
    const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return !ascii && kanji_characters(text).has_value();
}

std::optional<std::vector<Segment>> segment(std::span<const Unit> units, Version version) {
    Search search(version);
    std::vector<std::array<std::uint8_t, 4>> before;
    before.reserve(units.size());
    for (const Unit& unit : units) before.push_back(search.add(unit));
    if (units.empty() || !search.possible()) return std::nullopt;

    std::vector<std::uint8_t> chosen(units.size());
    std::size_t mode = search.best();
    for (std::size_t i = units.size(); i-- > 0;) {
        chosen[i] = static_cast<std::uint8_t>(mode);
        mode = before[i][mode];
    }
    std::vector<Segment> segments;
    for (std::size_t i = 0; i < units.size(); ++i) append(units[i], modes[chosen[i]], segments);
    return segments;
}

std::size_t count_that_fit(std::span<const Unit> units, Version version, std::size_t bits) {
    Search search(version);
    std::size_t count = 0;
    for (const Unit& unit : units) {
        search.add(unit);
        if (!search.possible() || search.bits() > bits) break;
        ++count;
    }
    return count;
}

}  // namespace tocsin::qr::encoding
