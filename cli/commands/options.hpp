// SPDX-License-Identifier: Apache-2.0
// The options of a command that speaks to the daemon.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/commands/call.hpp"
#include "cli/words/options.hpp"

namespace tocsin::cli::commands {

using words::Synopsis;
using words::usage_error;

/// Knows `--socket` beside what the command adds. Thread rule: one thread. The targets must outlive `read`.
class Options : private words::Line, public words::Options {
 public:
    Options(const Call& call, const Synopsis& synopsis);

    /// Where the daemon listens. After `read`.
    std::string socket() const;

 private:
    std::optional<std::string> socket_;
};

}  // namespace tocsin::cli::commands
