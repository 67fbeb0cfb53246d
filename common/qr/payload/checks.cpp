// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/checks.hpp"

#include <algorithm>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/text.hpp"

namespace tocsin::qr::payload {
namespace {

using core::Code;
using core::Error;

/// RFC 5322, section 3.2.3, and RFC 6532, section 3.2.
bool is_atom_character(char c) noexcept {
    constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~";
    return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
           marks.find(c) != std::string_view::npos;
}

bool is_label_character(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

/// Parts joined by dots, each of at least one of these characters.
template <typename Predicate>
bool is_dotted(std::string_view text, Predicate allowed) noexcept {
    bool inside = false;
    for (const char c : text) {
        if (c == '.' ? !inside : !allowed(c)) return false;
        inside = c != '.';
    }
    return inside;
}

bool is_domain(std::string_view domain) noexcept {
    if (domain.size() > 255 || !is_dotted(domain, is_label_character)) return false;
    while (!domain.empty()) {
        const std::string_view label = domain.substr(0, domain.find('.'));
        if (label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        domain.remove_prefix(std::min(domain.size(), label.size() + 1));
    }
    return true;
}

bool has_scheme(std::string_view url) noexcept {
    const std::size_t colon = url.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == url.size() || !is_letter(url.front()))
        return false;
    return std::ranges::all_of(url.substr(0, colon), [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
}

}  // namespace

void refuse(const std::string& what, std::string hint) { throw Error(Code::invalid, what, std::move(hint)); }

bool is_number(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::string capitals(std::string_view text) {
    std::string upper(text);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

std::string without(std::string_view text, std::string_view characters) {
    std::string rest(text);
    std::erase_if(rest, [&](char c) { return characters.find(c) != std::string_view::npos; });
    return rest;
}

std::size_t characters_in(std::string_view text) noexcept {
    const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; };
    return static_cast<std::size_t>(std::ranges::count_if(text, starts));
}

void require_text(const std::string& field, std::string_view text, Lines lines) {
    if (!core::is_utf8(text)) refuse(field + " is not UTF-8", "write it in UTF-8");
    if (core::is_printable_utf8(lines == Lines::many ? without(text, "\r\n\t") : text)) return;
    refuse(field + " has a control character" + (lines == Lines::one ? ", such as a line end" : ""),
           "leave it out");
}

void require_some(const std::string& field, std::string_view text) {
    if (text.empty()) refuse(field + " is empty", "give one");
    require_text(field, text);
}

void require_at_most(const std::string& field, std::string_view text, std::size_t limit) {
    const std::size_t length = characters_in(text);
    if (length <= limit) return;
    throw Error(Code::too_large,
                field + " has " + std::to_string(length) + " characters, " + std::to_string(length - limit) +
                    " too many",
                "shorten it to " + std::to_string(limit) + " characters");
}

void require_url(const std::string& field, std::string_view url) {
    require_some(field, url);
    if (url.find_first_of(" \"<>\\^`{|}") != std::string_view::npos)
        refuse(field + " '" + std::string(url) + "' has a character that no URL has",
               "write it as %XX, for example %20 for a space");
    if (!has_scheme(url))
        refuse(field + " '" + std::string(url) + "' has no scheme", "begin it with https://");
}

void require_mail_address(const std::string& field, std::string_view address) {
    require_some(field, address);
    const std::size_t at = address.rfind('@');
    const std::string_view local = address.substr(0, at);
    if (at == std::string_view::npos || local.size() > 64 || !is_dotted(local, is_atom_character) ||
        !is_domain(address.substr(at + 1)))
        refuse(field + " '" + std::string(address) + "' is no mail address",
               "write it as name@example.org, without a display name");
}

}  // namespace tocsin::qr::payload
