// SPDX-License-Identifier: Apache-2.0
// A QR code or Micro QR code as a square of modules (ISO/IEC 18004:2015).
// Every function here may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/qr/encoding/segments.hpp"
#include "common/qr/encoding/version.hpp"

namespace tocsin::qr::encoding {

/// When bytes are announced as UTF-8 (ECI 26).
enum class Eci {
    automatic,  ///< when they are valid UTF-8 and not ASCII: some scanners print the announcement
    always,
    never,
};

/// Whether a level above the one asked for is taken where the symbol does not grow by it.
enum class Boost { off, on };

struct Options {
    Level level = Level::medium;
    Boost boost = Boost::on;
    Eci eci = Eci::automatic;
    Family family = Family::qr;
    int min_version = 1;
    std::optional<int> max_version{};  ///< the family's last one when not set
};

/// What a module is for.
enum class Role { data, format, version, timing, alignment, finder };

/// Which of the parts of a text a symbol holds (structured append, ISO/IEC 18004:2015, section 8).
struct Part {
    int index = 0;  ///< from 0
    int count = 1;  ///< 1 to 16
    std::uint8_t parity = 0;
};

/// What a symbol was made of; for people.
struct Content {
    std::vector<Segment> segments{};
    bool announces_utf8 = false;  ///< has the header ECI 26
    std::size_t used_bits = 0;
    std::size_t capacity_bits = 0;
};

/// Always a complete, readable symbol. Its modules do not include the quiet zone.
class Symbol {
 public:
    /// The smallest symbol that holds these bytes.
    /// Throws `Error`: `invalid` when the text is empty or the options exclude each other, `too_large` when
    /// no allowed version holds it (says by how much, and what would fit).
    static Symbol encode(std::string_view text, const Options& options);

    /// Modules on a side, see `size_of`.
    int size() const noexcept { return size_of(version_); }

    /// True when the module is dark. Column x from the left, row y from the top, both from 0; all that lies
    /// outside of the symbol is light.
    bool at(int x, int y) const noexcept { return inside(x, y) && (module(x, y) & dark_bit) != 0; }

    /// The separators around finder patterns count as finder patterns. Outside of the symbol: `data`.
    Role role(int x, int y) const noexcept;

    Version version() const noexcept { return version_; }
    Level level() const noexcept { return level_; }
    /// The number of the data mask pattern, 0 to 7 (Micro QR: 0 to 3).
    int mask() const noexcept;
    const Part& part() const noexcept { return part_; }
    const Content& content() const noexcept { return content_; }

 private:
    friend class Library;  // the wall to libqrencode, the one place where symbols are made
    Symbol(Version version, Level level, std::vector<std::uint8_t> modules)
        : version_(version), level_(level), modules_(std::move(modules)) {}

    static constexpr std::uint8_t dark_bit = 1;

    bool inside(int x, int y) const noexcept { return x >= 0 && y >= 0 && x < size() && y < size(); }
    std::uint8_t module(int x, int y) const noexcept {
        return modules_[static_cast<std::size_t>(y) * static_cast<std::size_t>(size()) +
                        static_cast<std::size_t>(x)];
    }

    Version version_;
    Level level_;
    std::vector<std::uint8_t> modules_;
    Part part_;
    Content content_;
};

/// One text over several symbols, which a reader joins again: each holds whole characters and says for itself
/// how they are encoded. All have one version. `count` is 2 to 16; nothing: as few as `max_version` allows,
/// one at best. Throws `Error` as `Symbol::encode`, and `invalid` for Micro QR codes or more parts than
/// characters.
std::vector<Symbol> encode_parts(std::string_view text, const Options& options, std::optional<int> count);

}  // namespace tocsin::qr::encoding
