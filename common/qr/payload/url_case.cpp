// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/url_case.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin::qr::payload {
namespace {

constexpr std::array<std::pair<std::string_view, UrlCase>, 3> names{
    {{"keep", UrlCase::keep}, {"safe", UrlCase::safe}, {"max", UrlCase::max}}};

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_hexadecimal(char c) noexcept {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f');
}

/// Where the host begins and ends; nothing when it is no http or https URL.
std::optional<std::pair<std::size_t, std::size_t>> host_of(std::string_view text) {
    const std::size_t colon = text.find("://");
    std::string scheme(text.substr(0, std::min(colon, std::size_t{6})));
    std::ranges::transform(scheme, scheme.begin(), lower);
    if (colon == std::string_view::npos || (scheme != "http" && scheme != "https")) return std::nullopt;
    const std::size_t start = colon + 3;
    const std::size_t end = std::min(text.find_first_of("/?#", start), text.size());
    const std::size_t user = text.substr(start, end - start).rfind('@');
    return std::pair{user == std::string_view::npos ? start : start + user + 1, end};
}

void raise_percent_encoded(std::string& text) {
    for (std::size_t at = 0; at + 2 < text.size(); ++at) {
        if (text[at] != '%' || !is_hexadecimal(text[at + 1]) || !is_hexadecimal(text[at + 2])) continue;
        text[at + 1] = upper(text[at + 1]);
        text[at + 2] = upper(text[at + 2]);
    }
}

}  // namespace

std::optional<UrlCase> url_case_named(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(names, name, &decltype(names)::value_type::first);
    if (found == names.end()) return std::nullopt;
    return found->second;
}

std::string with_case(std::string_view text, UrlCase url_case) {
    std::string result(text);
    const auto host = url_case == UrlCase::keep ? std::nullopt : host_of(text);
    if (!host) return result;
    const auto at = [&result](std::size_t place) {
        return result.begin() + static_cast<std::ptrdiff_t>(place);
    };
    std::transform(at(0), at(text.find(':')), at(0), url_case == UrlCase::max ? upper : lower);
    std::transform(at(host->first), at(host->second), at(host->first), upper);
    if (url_case == UrlCase::max) raise_percent_encoded(result);
    return result;
}

}  // namespace tocsin::qr::payload
