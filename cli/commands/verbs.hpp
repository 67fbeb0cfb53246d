// SPDX-License-Identifier: Apache-2.0
// The commands, one a file. Each reads its words, does its work and gives the exit status; it throws
// `core::Error` when that fails.
#pragma once

#include "cli/commands/call.hpp"
#include "cli/output/console.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::cli::commands {

using Verb = core::ExitStatus (*)(const Call&, output::Console&);

core::ExitStatus emit(const Call& call, output::Console& console);
core::ExitStatus get(const Call& call, output::Console& console);
core::ExitStatus tail(const Call& call, output::Console& console);
core::ExitStatus types(const Call& call, output::Console& console);
core::ExitStatus status(const Call& call, output::Console& console);
core::ExitStatus metrics(const Call& call, output::Console& console);
core::ExitStatus pipeline(const Call& call, output::Console& console);
core::ExitStatus dead(const Call& call, output::Console& console);
core::ExitStatus runs(const Call& call, output::Console& console);
core::ExitStatus backup(const Call& call, output::Console& console);
core::ExitStatus restore(const Call& call, output::Console& console);
core::ExitStatus doctor(const Call& call, output::Console& console);
core::ExitStatus salvage(const Call& call, output::Console& console);
core::ExitStatus config(const Call& call, output::Console& console);
core::ExitStatus reload(const Call& call, output::Console& console);
core::ExitStatus log_level(const Call& call, output::Console& console);
core::ExitStatus token(const Call& call, output::Console& console);
core::ExitStatus qr(const Call& call, output::Console& console);
core::ExitStatus version(const Call& call, output::Console& console);

}  // namespace tocsin::cli::commands
