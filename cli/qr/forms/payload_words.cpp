// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/forms/payload_words.hpp"

#include <algorithm>

#include "cli/output/files.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::qr::forms {
namespace {

constexpr std::size_t max_secret_bytes = 65'536;

}  // namespace

const std::string& PayloadWords::required(const std::optional<std::string>& value,
                                          const std::string& option) const {
    if (!value) throw misused(option + " is missing");
    return *value;
}

std::uint64_t PayloadWords::number(const std::string& value, const std::string& option) const {
    const auto number = core::parse_number<std::uint64_t>(value);
    if (!number) throw misused(option + " '" + value + "' is no whole number");
    return *number;
}

std::optional<std::string> PayloadWords::secret(const std::optional<std::string>& value,
                                                const std::optional<std::string>& file,
                                                const std::string& option) const {
    if (value && file) throw misused(option + " and " + option + "-file exclude each other");
    if (!file) return value;
    return std::string(core::without_line_end(output::read_file(*file, max_secret_bytes)));
}

bool PayloadWords::is_same_word(std::string_view word, std::string_view name) noexcept {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(word, name, {}, lower, lower);
}

}  // namespace tocsin::cli::qr::forms
