// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/media_type.hpp"

#include <algorithm>

namespace tocsin::daemon::api {

std::string media_type(std::string_view header) {
    std::string type(header.substr(0, header.find(';')));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    std::ranges::transform(type, type.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return type;
}

bool is_json_type(std::string_view type) noexcept {
    return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

}  // namespace tocsin::daemon::api
