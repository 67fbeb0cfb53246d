// SPDX-License-Identifier: Apache-2.0
// The trace that the shell runs in (W3C Trace Context), from $TRACEPARENT and $TRACESTATE.
#pragma once

#include <optional>
#include <string>

#include "common/core/bus_folders.hpp"
#include "common/event/trace_context.hpp"

namespace tocsin::cli::commands {

/// Nothing when $TRACEPARENT is unset or malformed: a broken trace must not cost an event.
std::optional<event::TraceContext> trace_context(const core::Environment& environment);

}  // namespace tocsin::cli::commands
