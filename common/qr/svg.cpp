// SPDX-License-Identifier: Apache-2.0
#include "common/qr/svg.hpp"

namespace tocsin::qr {
namespace {

constexpr int pixels_per_module = 8;  // the size a viewer shows it in, unless told otherwise

/// A closed rectangle, one module high, for each run of dark modules.
void append_row(const Symbol& symbol, int y, std::string& path) {
    for (int x = 0; x < symbol.size(); ++x) {
        if (!symbol.at(x, y)) continue;
        const int start = x;
        while (symbol.at(x, y)) ++x;
        const std::string length = std::to_string(x - start);
        path.append("M").append(std::to_string(start + quiet_zone_modules));
        path.append(" ").append(std::to_string(y + quiet_zone_modules));
        path.append("h").append(length).append("v1h-").append(length).append("z");
    }
}

}  // namespace

std::string to_svg(const Symbol& symbol) {
    const std::string modules = std::to_string(symbol.outer_size());
    const std::string pixels = std::to_string(symbol.outer_size() * pixels_per_module);
    std::string path;
    for (int y = 0; y < symbol.size(); ++y) append_row(symbol, y, path);
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"" +
           pixels + "\" height=\"" + pixels + "\" viewBox=\"0 0 " + modules + ' ' + modules +
           "\" shape-rendering=\"crispEdges\">\n<rect width=\"" + modules + "\" height=\"" + modules +
           "\" fill=\"#fff\"/>\n<path fill=\"#000\" d=\"" + path + "\"/>\n</svg>\n";
}

}  // namespace tocsin::qr
