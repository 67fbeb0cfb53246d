// SPDX-License-Identifier: Apache-2.0
// Commands that another program does: what needs more than libc is no part of this one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/commands/call.hpp"

namespace tocsin::cli::commands {

/// Becomes the first of the programs that there is, with `words` and then the call's own. Throws an `Exit`
/// (69) that names the package when there is none.
[[noreturn]] void become(const std::vector<std::string>& programs, std::string_view name,
                         std::vector<std::string> words, const Call& call, std::string_view package);

/// Becomes `tocsind VERB`, which knows the store and the configuration.
[[noreturn]] void become_tocsind(const Call& call);

}  // namespace tocsin::cli::commands
