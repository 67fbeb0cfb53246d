// SPDX-License-Identifier: Apache-2.0
#include "common/qr/encoding/request.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "common/core/error.hpp"
#include "common/core/text.hpp"

namespace tocsin::qr::encoding {
namespace {

using core::Code;
using core::Error;

bool is_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string family_name(Family family) { return family == Family::micro ? "a Micro QR code" : "a QR code"; }

int checked_max_version(const Options& options) {
    const int last = last_version(options.family);
    const int most = options.max_version.value_or(last);
    for (const int version : {options.min_version, most})
        if (version < 1 || version > last)
            throw Error(
                Code::invalid,
                "there is no version " + std::to_string(version) + " of " + family_name(options.family),
                "use 1 to " + std::to_string(last));
    if (options.min_version > most)
        throw Error(Code::invalid,
                    "the lowest version " + std::to_string(options.min_version) + " is above the highest, " +
                        std::to_string(most),
                    "leave one of the two out");
    return most;
}

bool announces(std::string_view text, const Options& options) {
    if (options.eci == Eci::never) return false;
    if (options.eci == Eci::automatic)
        return options.family == Family::qr && !is_ascii(text) && core::is_utf8(text);
    if (options.family == Family::micro)
        throw Error(Code::invalid, "a Micro QR code can't announce UTF-8: it has no ECI",
                    "make a QR code, or announce nothing");
    if (!core::is_utf8(text))
        throw Error(Code::invalid, "the text can't be announced as UTF-8: it is not",
                    "announce nothing, or convert it to UTF-8");
    return true;
}

/// Readers of Micro QR codes can only guess what bytes beyond ASCII mean.
void check_micro_text(std::string_view text, const Options& options) {
    if (options.family == Family::qr || options.eci == Eci::never || is_ascii(text)) return;
    if (!core::is_utf8(text) || has_kanji_form(text)) return;
    throw Error(
        Code::invalid,
        "a Micro QR code can't say that its text is UTF-8, and kanji mode lacks some of its characters",
        "make a QR code, or announce nothing (ECI never) where the reader is known to expect UTF-8");
}

void check_level(const Options& options) {
    if (options.family == Family::micro && options.level == Level::high)
        throw Error(Code::invalid, "a Micro QR code has no level H", "use L, M or Q, or make a QR code");
}

std::string_view checked(std::string_view text, const Options& options) {
    if (text.empty())
        throw Error(Code::invalid, "the text is empty: a QR code needs at least one byte", "give a text");
    check_level(options);
    check_micro_text(text, options);
    return text;
}

/// Of any level but the highest.
Level above(Level level) noexcept { return static_cast<Level>(static_cast<int>(level) + 1); }

/// The modes and their headers are the same in all versions up to this one.
int last_of_band(Version version) noexcept {
    if (version.family == Family::micro) return version.number;
    return version.number < 10 ? 9 : version.number < 27 ? 26 : 40;
}

std::optional<Cut> cut(std::span<const Unit> units, Version version) {
    auto segments = segment(units, version);
    if (!segments) return std::nullopt;
    const auto bits = bits_of(*segments, version);
    if (!bits) return std::nullopt;
    return Cut{std::move(*segments), *bits};
}

std::string bytes(std::size_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

}  // namespace

Request::Request(std::string_view text, const Options& options)
    : text_(checked(text, options)),
      options_(options),
      max_version_(checked_max_version(options)),
      announces_utf8_(announces(text, options)),
      units_(text, !announces_utf8_ && has_kanji_form(text) ? Kanji::on : Kanji::off) {}

std::size_t Request::room(Version version, Level level, std::size_t more_bits) const noexcept {
    const std::size_t all = data_bits(version, level);
    const std::size_t taken = announcement_bits() + miscounted_bits(version) + more_bits;
    return all > taken ? all - taken : 0;
}

std::optional<Plan> Request::smallest(std::span<const Unit> units, std::size_t more_bits) const {
    for (Version version = first_version(); version.number <= max_version_;) {
        const int last = std::min(last_of_band(version), max_version_);
        auto found = cut(units, version);
        for (; version.number <= last; ++version.number)
            if (found && found->bits <= room(version, options_.level, more_bits))
                return finish(std::move(*found), version, more_bits);
    }
    return std::nullopt;
}

std::optional<Plan> Request::plan(std::span<const Unit> units, Version version, std::size_t more_bits) const {
    auto found = cut(units, version);
    if (!found || found->bits > room(version, options_.level, more_bits)) return std::nullopt;
    return finish(std::move(*found), version, more_bits);
}

Plan Request::finish(Cut cut, Version version, std::size_t more_bits) const {
    const std::size_t used = cut.bits;
    Level level = options_.level;
    if (options_.boost == Boost::on)
        while (level != Level::high && used <= room(version, above(level), more_bits)) level = above(level);
    return Plan{.version = version,
                .level = level,
                .content = {.segments = std::move(cut.segments),
                            .announces_utf8 = announces_utf8_,
                            .used_bits = used + announcement_bits() + more_bits,
                            .capacity_bits = data_bits(version, level)}};
}

std::size_t Request::bytes_that_fit(Level level) const {
    const auto most = count_that_fit(units(), last_version(), room(last_version(), level, 0));
    std::size_t bytes = 0;
    for (const Unit& unit : units().first(most)) bytes += unit.bytes;
    // a character of UTF-8 is not cut
    return announces_utf8_ ? core::valid_utf8_bytes(text_.substr(0, bytes)) : bytes;
}

void Request::refuse_length() const {
    const std::size_t most = bytes_that_fit(options_.level);
    std::string holder = family_name(options_.family);
    if (options_.max_version || options_.family == Family::micro)
        holder += " of version " + to_string(last_version());
    std::string hint = "shorten it by " + bytes(text_.size() - most);
    if (options_.level != Level::low)
        if (const std::size_t at_low = bytes_that_fit(Level::low); at_low == text_.size())
            hint += ", or use level L, which holds it";
    if (options_.max_version && *options_.max_version < encoding::last_version(options_.family))
        hint += ", or allow a higher version";
    else if (options_.family == Family::micro)
        hint += ", or make a QR code";
    else
        hint += ", or split it into several codes";
    throw Error(Code::too_large,
                "the text is too long for " + holder + ": it has " + bytes(text_.size()) + ", and level " +
                    letter_of(options_.level) + " holds at most " + std::to_string(most) + " of them",
                std::move(hint));
}

}  // namespace tocsin::qr::encoding
