// SPDX-License-Identifier: Apache-2.0
// The event that one `emit` describes.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "common/event/event.hpp"

namespace tocsin::cli::commands {

/// What the command line says about the event; all but the type may be left out.
struct EventOptions {
    std::optional<std::string> data;
    std::optional<std::string> data_file;  ///< `-` is stdin
    std::optional<std::string> id;
    std::optional<std::string> source;
    std::optional<std::string> subject;
    std::optional<std::string> time;
};

/// Fills in an id, the source and the trace that the shell runs in. Throws `invalid` and `too_large` for what
/// the daemon would refuse, as far as that shows here, and usage errors.
event::Draft build_draft(const std::string& type, std::span<const std::string> data_words,
                         const EventOptions& options);

}  // namespace tocsin::cli::commands
