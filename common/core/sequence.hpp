// SPDX-License-Identifier: Apache-2.0
// A place in the log, and how it is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::core {

/// Places count from 1; 0 stands for "before the first event".
using Seq = std::uint64_t;

inline constexpr std::size_t sequence_digits = 16;
inline constexpr Seq max_sequence = 9'999'999'999'999'999;

/// Both ends belong to the range.
struct SequenceRange {
    Seq first = 0;
    Seq last = 0;
    friend bool operator==(const SequenceRange&, const SequenceRange&) = default;
};

/// Appends the sequence as 16 decimal digits, so that it orders as text.
void append_sequence(Seq seq, std::string& out);
std::string to_text(Seq seq);

/// Reads a sequence, padded or not. Nothing when the text is not 1–16 decimal digits.
std::optional<Seq> parse_sequence(std::string_view text) noexcept;

}  // namespace tocsin::core
