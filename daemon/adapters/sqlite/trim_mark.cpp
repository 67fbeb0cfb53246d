// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/trim_mark.hpp"

#include <xxhash.h>

#include <array>
#include <charconv>

namespace tocsin::daemon::sqlite {
namespace {

/// Reads a number and, unless it is the last one, the space behind it.
bool take_number(std::string_view& text, std::int64_t& number) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return true;
    if (text.front() != ' ') return false;
    text.remove_prefix(1);
    return !text.empty();
}

}  // namespace

std::string to_text(const TrimMark& mark) {
    std::string text =
        core::to_text(mark.before) + ' ' + std::to_string(mark.recorded) + ' ' + std::to_string(mark.clock);
    return text + ' ' + std::to_string(static_cast<std::uint32_t>(XXH3_64bits(text.data(), text.size())));
}

std::optional<TrimMark> parse_trim_mark(std::string_view text) {
    std::array<std::int64_t, 4> numbers{};
    std::string_view rest = text;
    for (std::int64_t& number : numbers)
        if (!take_number(rest, number)) return std::nullopt;
    const TrimMark mark{static_cast<core::Seq>(numbers[0]), numbers[1], numbers[2]};
    if (mark.before == 0 || to_text(mark) != text) return std::nullopt;
    return mark;
}

}  // namespace tocsin::daemon::sqlite
