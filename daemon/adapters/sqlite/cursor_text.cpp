// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/cursor_text.hpp"

#include <array>
#include <initializer_list>

#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "daemon/adapters/sqlite/damage.hpp"

namespace tocsin::daemon::sqlite {
namespace {

void append_entry(std::initializer_list<std::uint64_t> numbers, std::string& out) {
    for (const std::uint64_t number : numbers) (out += std::to_string(number)) += ' ';
    out.back() = ';';
}

/// Calls `take` with the numbers of each entry.
template <std::size_t count, class Take>
void read_entries(std::string_view text, Take&& take) {
    while (!text.empty()) {
        std::array<std::uint64_t, count> numbers{};
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t end = text.find(i + 1 < count ? ' ' : ';');
            const auto number = core::parse_number<std::uint64_t>(text.substr(0, end));
            if (end == std::string_view::npos || !number)
                throw core::Error(core::Code::internal, "a pipeline's cursor is damaged", damage_hint);
            numbers.at(i) = *number;
            text.remove_prefix(end + 1);
        }
        take(numbers);
    }
}

}  // namespace

std::string to_text(const std::vector<pipeline::Aside>& aside) {
    std::string text;
    for (const pipeline::Aside& one : aside)
        append_entry({one.seq, one.attempts, one.deaths,
                      static_cast<std::uint64_t>(core::to_microseconds(one.first_attempt))},
                     text);
    return text;
}

std::string to_text(const std::vector<core::SequenceRange>& ranges) {
    std::string text;
    for (const core::SequenceRange& range : ranges) append_entry({range.first, range.last}, text);
    return text;
}

std::vector<pipeline::Aside> parse_aside(std::string_view text) {
    std::vector<pipeline::Aside> aside;
    read_entries<4>(text, [&](const std::array<std::uint64_t, 4>& numbers) {
        aside.push_back({.seq = numbers[0],
                         .attempts = static_cast<std::uint32_t>(numbers[1]),
                         .deaths = static_cast<std::uint32_t>(numbers[2]),
                         .first_attempt = core::from_microseconds(static_cast<std::int64_t>(numbers[3]))});
    });
    return aside;
}

std::vector<core::SequenceRange> parse_ranges(std::string_view text) {
    std::vector<core::SequenceRange> ranges;
    read_entries<2>(text, [&](const std::array<std::uint64_t, 2>& numbers) {
        ranges.push_back({numbers[0], numbers[1]});
    });
    return ranges;
}

}  // namespace tocsin::daemon::sqlite
