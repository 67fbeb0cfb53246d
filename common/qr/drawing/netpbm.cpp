// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/netpbm.hpp"

#include "common/qr/drawing/raster.hpp"

namespace tocsin::qr::drawing {
namespace {

std::string header(const char* magic, int side) {
    const std::string number = std::to_string(side);
    return magic + ('\n' + number) + ' ' + number + '\n';
}

}  // namespace

std::string to_pbm(const Picture& picture, const Scale& scale) {
    const Grid grid = grid_of(picture, scale);
    BitRows rows(picture, grid, BitRows::Dark::one);
    std::string out = header("P4", grid.side);
    for (int y = 0; y < grid.side; ++y) {
        const auto row = rows.row(y);
        out.append(row.begin(), row.end());
    }
    return out;
}

std::string to_ppm(const Picture& picture, const Scale& scale) {
    const Grid grid = grid_of(picture, scale);
    ColourRows rows(picture, grid, opaque_shades_of(picture.style()));
    std::string out = header("P6", grid.side) + "255\n";
    const auto side = static_cast<std::size_t>(grid.side);
    out.reserve(out.size() + side * side * 3);
    for (int y = 0; y < grid.side; ++y) {
        const auto row = rows.row(y);
        for (std::size_t i = 0; i < row.size(); i += 4)
            for (std::size_t part = 0; part < 3; ++part) out += static_cast<char>(row[i + part]);
    }
    return out;
}

}  // namespace tocsin::qr::drawing
