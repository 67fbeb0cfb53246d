// SPDX-License-Identifier: Apache-2.0
#include "cli/connection/target.hpp"

#include <cstdint>

namespace tocsin::cli::connection {
namespace {

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

void append_percent_encoded(std::string_view text, std::string& out) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(c);
        out += '%';
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
}

Target& Target::with(std::string_view name, std::string_view value) {
    text_ += separator_;
    text_ += name;
    text_ += '=';
    append_percent_encoded(value, text_);
    separator_ = '&';
    return *this;
}

}  // namespace tocsin::cli::connection
