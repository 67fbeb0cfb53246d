// SPDX-License-Identifier: Apache-2.0
// What a command is given: its words, and the bus that was named before it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tocsin::cli::commands {

struct Call {
    std::string verb;
    std::vector<std::string> words;                   ///< behind the verb, up to the first `--`
    std::optional<std::vector<std::string>> literal;  ///< behind the first `--`: never options
    std::optional<std::string> socket;                ///< --socket, when it came before the verb
};

}  // namespace tocsin::cli::commands
