// SPDX-License-Identifier: Apache-2.0
// Commands without a daemon on its store, its configuration and its tokens: tocsind reads their words itself,
// since it alone knows them.
#include "cli/commands/helper_program.hpp"
#include "cli/commands/verbs.hpp"

namespace tocsin::cli::commands {

core::ExitStatus doctor(const Call& call, output::Console&) { become_tocsind(call); }
core::ExitStatus salvage(const Call& call, output::Console&) { become_tocsind(call); }
core::ExitStatus config(const Call& call, output::Console&) { become_tocsind(call); }
core::ExitStatus token(const Call& call, output::Console&) { become_tocsind(call); }
core::ExitStatus restore(const Call& call, output::Console&) { become_tocsind(call); }

}  // namespace tocsin::cli::commands
