// SPDX-License-Identifier: Apache-2.0
// The wall to libpng's writer: rows in, a file out. Inside of this room only.
// Thread rule: each object belongs to one thread.
#pragma once

#include <png.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "common/qr/drawing/style.hpp"

namespace tocsin::qr::drawing {

/// How a row holds its pixels.
enum class PngPixels {
    grey_bits,     ///< a bit each, 1 is white
    palette_bits,  ///< a bit each, an index
    palette,       ///< a byte each, an index below 16; four bits in the file
    rgba,          ///< four bytes each
};

// libpng tells of errors by longjmp, which must not pass over a destructor: so each call of libpng stands
// alone in a lambda that owns nothing, and everything that has a destructor lives outside of it.
class PngFile {
 public:
    struct Properties {
        int side = 0;  ///< pixels
        PngPixels pixels = PngPixels::grey_bits;
        std::span<const Colour> palette{};
        std::optional<int> dpi{};
    };

    /// Throws `Error` (`internal`) when libpng fails, as the others do.
    explicit PngFile(const Properties& properties);

    void add_row(std::span<const std::uint8_t> row);

    /// The file; call it once, after the last row.
    std::string finish();

    /// What libpng calls; public only for these functions.
    struct Output {
        std::string bytes{};
        std::array<char, 128> failure{};

        /// False when there is no memory.
        bool append(const char* data, std::size_t size) noexcept;
    };

 private:
    struct Handle {
        png_structp png = nullptr;
        png_infop info = nullptr;

        Handle() = default;
        Handle(const Handle&) = delete;
        Handle& operator=(const Handle&) = delete;
        ~Handle() { png_destroy_write_struct(&png, &info); }
    };

    template <class Call>
    void guarded(Call call);
    [[noreturn]] void fail() const;
    void write_header(const Properties& properties);
    void write_palette(std::span<const Colour> palette);

    Output output_{};
    Handle handle_{};
};

}  // namespace tocsin::qr::drawing
