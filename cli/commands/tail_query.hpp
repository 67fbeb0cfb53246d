// SPDX-License-Identifier: Apache-2.0
// What `tail` asks for, first and again after the daemon went away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/time_argument.hpp"
#include "cli/output/console.hpp"
#include "common/core/sequence.hpp"

namespace tocsin::cli::commands {

enum class Following { stop_at_head, follow };

struct TailOptions {
    std::vector<std::string> patterns;  ///< at least one
    std::uint64_t last = 10;            ///< not applied with `since`
    std::optional<TimeArgument> since;
    std::optional<TimeArgument> until;
    std::optional<std::uint64_t> count;  ///< stop after so many
    std::optional<std::string> source;
    Following following = Following::stop_at_head;
    output::Form form = output::Form::human;
};

/// How far the reader has come.
struct TailPosition {
    std::optional<core::Seq> after;  ///< the last event that was shown, or where the log ended at the start
    std::uint64_t shown = 0;
    bool resuming = false;  ///< events before `after` are not wanted any more
};

/// The request target of the stream that goes on from this position.
std::string tail_target(const TailOptions& options, const TailPosition& position);

}  // namespace tocsin::cli::commands
