// SPDX-License-Identifier: Apache-2.0
#include "common/core/error.hpp"

#include <array>
#include <utility>

namespace tocsin::core {
namespace {

constexpr std::array<std::string_view, 7> code_names{"invalid",   "denied",      "not_found", "conflict",
                                                     "too_large", "unavailable", "internal"};
constexpr std::array<std::string_view, 6> reason_names{"",     "store_full", "store_io",
                                                       "busy", "stopping",   "rate"};

}  // namespace

std::string_view name_of(Code code) noexcept { return code_names[static_cast<std::size_t>(code)]; }

std::string_view name_of(Reason reason) noexcept { return reason_names[static_cast<std::size_t>(reason)]; }

std::optional<Code> code_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < code_names.size(); ++i)
        if (code_names[i] == name) return static_cast<Code>(i);
    return std::nullopt;
}

Reason reason_named(std::string_view name) noexcept {
    for (std::size_t i = 1; i < reason_names.size(); ++i)
        if (reason_names[i] == name) return static_cast<Reason>(i);
    return Reason::none;
}

Error::Error(Code code, const std::string& message, std::string hint)
    : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}

Error Error::unavailable(Reason reason, const std::string& message, std::string hint) {
    Error error(Code::unavailable, message, std::move(hint));
    error.reason_ = reason;
    return error;
}

Error Error::at_line(std::size_t line) const {
    Error copy = *this;
    copy.line_ = line == 0 ? std::nullopt : std::optional(line);
    return copy;
}

}  // namespace tocsin::core
