// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "common/event/event.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::event {
namespace {

using core::Code;
using core::Error;

constexpr std::size_t max_name_bytes = 64;

bool is_attribute_name(std::string_view name) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= max_name_bytes && std::ranges::all_of(name, allowed);
}

}  // namespace

std::string& Attributes::open(std::string_view name) {
    if (!is_attribute_name(name))
        throw Error(Code::invalid,
                    "attribute name '" + std::string(name.substr(0, max_name_bytes)) + "' is not allowed",
                    "use lower-case letters and digits only; put other members inside data");
    if (!json_.empty()) json_ += ',';
    append_json_string(name, json_);
    return json_ += ':';
}

void Attributes::add(std::string_view name, std::string_view value) {
    if (value.empty() || !core::is_printable_utf8(value))
        throw Error(
            Code::invalid,
            "attribute '" + std::string(name) + "' is empty or holds control characters or broken UTF-8",
            "leave it out, or give it printable text");
    append_json_string(value, open(name));
}

void Attributes::add(std::string_view name, std::int32_t value) { open(name) += std::to_string(value); }

void Attributes::add_flag(std::string_view name, std::string_view true_or_false) {
    open(name) += true_or_false;
}

void Attributes::append(const Attributes& others) {
    if (!json_.empty() && !others.json_.empty()) json_ += ',';
    json_ += others.json_;
}

bool Attributes::has(std::string_view name) const { return find(name).has_value(); }

std::optional<std::string> Attributes::find(std::string_view name) const {
    if (json_.empty()) return std::nullopt;
    const auto object = nlohmann::json::parse("{" + json_ + "}");
    const auto found = object.find(std::string(name));
    if (found == object.end()) return std::nullopt;
    return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace tocsin::event
