// SPDX-License-Identifier: Apache-2.0
// What was asked for, checked, and the smallest plan that answers it. Inside of this room only.
// Thread rule: any number of threads may read it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/qr/encoding/library.hpp"
#include "common/qr/encoding/segments.hpp"
#include "common/qr/encoding/symbol.hpp"

namespace tocsin::qr::encoding {

/// Segments, and what they take with their headers.
struct Cut {
    std::vector<Segment> segments;
    std::size_t bits = 0;
};

class Request {
 public:
    /// Throws `Error` (`invalid`) when the text is empty or the options exclude each other. The text must
    /// live as long.
    Request(std::string_view text, const Options& options);

    std::span<const Unit> units() const noexcept { return units_.all(); }
    Version first_version() const noexcept { return {options_.family, options_.min_version}; }
    Version last_version() const noexcept { return {options_.family, max_version_}; }
    Level level() const noexcept { return options_.level; }
    bool announces_utf8() const noexcept { return announces_utf8_; }

    /// The plan for these units in the smallest version that has room for them and for so many bits more.
    std::optional<Plan> smallest(std::span<const Unit> units, std::size_t more_bits) const;

    /// The plan for exactly this version, the level boosted as asked.
    std::optional<Plan> plan(std::span<const Unit> units, Version version, std::size_t more_bits) const;

    /// Bits for segments at this level in this version: what headers before them take is subtracted.
    std::size_t room(Version version, Level level, std::size_t more_bits) const noexcept;

    /// Throws the `Error` that says how much was given, how much fits, and what would help.
    [[noreturn]] void refuse_length() const;

 private:
    /// What a header ECI takes: 4 bits of mode, 8 of assignment number (ISO/IEC 18004:2015, section 7.4.2).
    std::size_t announcement_bits() const noexcept { return announces_utf8_ ? 12 : 0; }
    /// What libqrencode counts for it beyond that when it looks for a version; there is none above 40.
    std::size_t miscounted_bits(Version version) const noexcept {
        return announces_utf8_ && version.number < 40 ? 16 : 0;
    }
    Plan finish(Cut cut, Version version, std::size_t more_bits) const;
    std::size_t bytes_that_fit(Level level) const;

    std::string_view text_;
    Options options_;
    int max_version_;
    bool announces_utf8_;
    Units units_;
};

}  // namespace tocsin::qr::encoding
