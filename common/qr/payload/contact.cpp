// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/contact.hpp"

#include <algorithm>
#include <optional>

#include "common/qr/payload/checks.hpp"

namespace tocsin::qr::payload {
namespace {

constexpr std::array<std::string_view, 2> place_types{"HOME", "WORK"};
constexpr std::array<std::string_view, 5> phone_types{"CELL", "FAX", "VOICE", "PAGER", "VIDEO"};

std::optional<std::string> known_type(std::string_view word, EntryKind kind) {
    const std::string type = capitals(word);
    if (kind == EntryKind::phone && type == "MOBILE") return "CELL";
    const bool is_phone_type =
        kind == EntryKind::phone && std::ranges::find(phone_types, type) != phone_types.end();
    if (is_phone_type || std::ranges::find(place_types, type) != place_types.end()) return type;
    return std::nullopt;
}

std::optional<std::vector<std::string>> known_types(std::string_view words, EntryKind kind) {
    std::vector<std::string> types;
    while (true) {
        const std::size_t comma = words.find(',');
        const auto type = known_type(words.substr(0, comma), kind);
        if (!type) return std::nullopt;
        types.push_back(*type);
        if (comma == std::string_view::npos) return types;
        words.remove_prefix(comma + 1);
    }
}

}  // namespace

bool Address::empty() const noexcept {
    return std::ranges::all_of(parts(), [](const std::string* part) { return part->empty(); });
}

void require_address_text(const Address& address) {
    for (const std::string* part : address.parts()) require_text("the address", *part);
}

Entry parse_entry(std::string_view text, EntryKind kind) {
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos)
        if (auto types = known_types(text.substr(0, colon), kind))
            return {std::move(*types), std::string(text.substr(colon + 1))};
    return {{}, std::string(text)};
}

}  // namespace tocsin::qr::payload
