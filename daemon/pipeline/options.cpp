// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/options.hpp"

#include <algorithm>

#include "common/core/error.hpp"

namespace tocsin::daemon::pipeline {
namespace {

constexpr std::size_t max_name_bytes = 64;

bool is_letter_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool may_stand_in_name(char c) noexcept { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; }

}  // namespace

const std::string& checked_name(const std::string& name) {
    if (!name.empty() && name.size() <= max_name_bytes && is_letter_or_digit(name.front()) &&
        std::ranges::all_of(name, may_stand_in_name))
        return name;
    throw core::Error(core::Code::invalid, "'" + name + "' is no name of a pipeline",
                      "write 1 to 64 letters, digits, '.', '_' or '-', the first a letter or a digit");
}

}  // namespace tocsin::daemon::pipeline
