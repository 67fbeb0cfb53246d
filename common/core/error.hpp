// SPDX-License-Identifier: Apache-2.0
// The one exception that Tocsin throws, and the codes that every door maps to its own numbers.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tocsin::core {

/// What went wrong, in the words of the protocol. Each code has one HTTP status and one exit status.
enum class Code { invalid, denied, not_found, conflict, too_large, unavailable, internal };

/// Why the bus is `unavailable`. `none` for every other code.
enum class Reason { none, store_full, store_io, busy, stopping, rate };

std::string_view name_of(Code code) noexcept;
std::string_view name_of(Reason reason) noexcept;

/// The inverse of `name_of`; nothing when the word is not one of the codes.
std::optional<Code> code_named(std::string_view name) noexcept;
Reason reason_named(std::string_view name) noexcept;

/// `what()` says what was wrong, `hint` what to do about it, `line` where in a batch (from 1).
class Error : public std::runtime_error {
 public:
    Error(Code code, const std::string& message, std::string hint = {});

    static Error unavailable(Reason reason, const std::string& message, std::string hint = {});

    Code code() const noexcept { return code_; }
    Reason reason() const noexcept { return reason_; }
    const std::string& hint() const noexcept { return hint_; }
    std::optional<std::size_t> line() const noexcept { return line_; }

    /// The same error, told to lie in this line (or member) of a batch; 0 stands for none.
    Error at_line(std::size_t line) const;

 private:
    Code code_;
    Reason reason_ = Reason::none;
    std::string hint_;
    std::optional<std::size_t> line_;
};

}  // namespace tocsin::core
