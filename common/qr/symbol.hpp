// SPDX-License-Identifier: Apache-2.0
// A QR code as a square of modules (ISO/IEC 18004).
// Every function here may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::qr {

/// Error correction level: about 7, 15, 25 and 30 % of the code may be damaged.
enum class Level { low, medium, quartile, high };

/// The letter that ISO/IEC 18004 gives a level: L, M, Q or H.
char letter_of(Level level) noexcept;

/// The inverse of `letter_of`, in either case; nothing when the word is not a level.
std::optional<Level> level_named(std::string_view letter) noexcept;

/// Light modules that must surround a symbol on every side (ISO/IEC 18004, section 5.3.8).
inline constexpr int quiet_zone_modules = 4;

/// Always a complete, readable symbol. Its modules do not include the quiet zone.
class Symbol {
 public:
    /// The smallest symbol that holds these bytes. Text in UTF-8 beyond ASCII is announced as such (ECI 26);
    /// other bytes are encoded as they are.
    /// Throws `Error`: `invalid` when the text is empty, `too_large` when no QR code holds it at this level.
    static Symbol encode(std::string_view text, Level level);

    /// Modules on a side: 21 (version 1) to 177 (version 40).
    int size() const noexcept { return size_; }

    /// Modules on a side with the quiet zone around.
    int outer_size() const noexcept { return size_ + 2 * quiet_zone_modules; }

    /// True when the module is dark. Column x from the left, row y from the top, both from 0; all that lies
    /// outside of the symbol is light.
    bool at(int x, int y) const noexcept;

 private:
    Symbol(int size, std::vector<std::uint8_t> modules) : size_(size), modules_(std::move(modules)) {}

    int size_;
    std::vector<std::uint8_t> modules_;
};

}  // namespace tocsin::qr
