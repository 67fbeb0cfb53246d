// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/helper_program.hpp"
#include "cli/commands/verbs.hpp"
#include "common/core/paths.hpp"

namespace tocsin::cli::commands {

/// The helper reads the words itself: pictures need libraries that this program does not load.
core::ExitStatus qr(const Call& call, output::Console&) {
    // beside the folder of this program, as installed and as built
    const std::string program = core::program_folder() + "/../libexec/tocsin/tocsin-qr";
    become({program}, program, {}, call, "tocsin");
}

}  // namespace tocsin::cli::commands
