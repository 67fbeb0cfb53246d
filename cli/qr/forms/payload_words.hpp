// SPDX-License-Identifier: Apache-2.0
// How the values of the payload builders' options are read.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/words/options.hpp"

namespace tocsin::cli::qr::forms {

/// What was written for a builder; every message names the option.
class PayloadWords {
 public:
    explicit PayloadWords(const std::string& builder) : command_("qr " + builder) {}

    /// A usage error: exit 64, with a pointer to the builder's help.
    core::Exit misused(const std::string& what) const { return words::usage_error(command_, what); }

    /// Throws a usage error when the option was not given.
    const std::string& required(const std::optional<std::string>& value, const std::string& option) const;

    /// Throws a usage error when it is no whole number.
    std::uint64_t number(const std::string& value, const std::string& option) const;

    /// The value for a word, whatever the case of its letters. Throws a usage error for a word that is none
    /// of them.
    template <typename Value>
    Value choice(const std::string& word, const std::string& option,
                 std::initializer_list<std::pair<std::string_view, Value>> known) const {
        std::string names;
        for (const auto& [name, value] : known) {
            if (is_same_word(word, name)) return value;
            (names += names.empty() ? "" : ", ") += name;
        }
        throw misused(option + " '" + word + "' is none of " + names);
    }

    /// A password or secret: given as a value, or in a file, which others can't see in the list of processes;
    /// `-` is standard input. A line end at the file's end is no part of it. Nothing when there is none.
    /// Throws `Exit`: `usage` when both were given, and what `output::read_file` throws.
    std::optional<std::string> secret(const std::optional<std::string>& value,
                                      const std::optional<std::string>& file,
                                      const std::string& option) const;

 private:
    static bool is_same_word(std::string_view word, std::string_view name) noexcept;

    std::string command_;
};

}  // namespace tocsin::cli::qr::forms
