// SPDX-License-Identifier: Apache-2.0
// The wall to libqrencode: segments in, modules out. Inside of this room only.
// Every function here may be called from any thread.
#pragma once

#include <qrencode.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/qr/encoding/symbol.hpp"

namespace tocsin::qr::encoding {

/// Everything about a symbol but its modules.
struct Plan {
    Version version{};
    Level level = Level::low;
    Content content{};
};

struct Free {
    void operator()(QRcode* code) const noexcept { QRcode_free(code); }
    void operator()(QRcode_List* codes) const noexcept { QRcode_List_free(codes); }
    void operator()(QRinput* input) const noexcept { QRinput_free(input); }
    void operator()(QRinput_Struct* inputs) const noexcept { QRinput_Struct_free(inputs); }
};
template <class Type>
using Owned = std::unique_ptr<Type, Free>;

QRecLevel library_level(Level level) noexcept;

/// Throws the `Error` (`internal`) that tells errno.
[[noreturn]] void library_failed();

class Library {
 public:
    /// Throws `Error` (`internal`) when the library fails, or makes another version than planned.
    static Symbol make(Plan plan);

    /// Structured append: one symbol for each plan.
    static std::vector<Symbol> make_parts(std::span<const Plan> plans, std::uint8_t parity);

    /// A symbol that the library planned by itself.
    static Symbol adopt(const QRcode& code, Family family, Level level);
};

}  // namespace tocsin::qr::encoding
