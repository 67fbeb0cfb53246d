// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/trace_context.hpp"

#include <algorithm>
#include <string_view>

#include "common/event/trace_context.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr std::size_t max_tracestate_bytes = 512;

bool is_tracestate(std::string_view text) {
    return text.size() <= max_tracestate_bytes && text.find('=') != std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::optional<event::TraceContext> trace_context(const core::Environment& environment) {
    auto parent = environment("TRACEPARENT");
    if (!parent || !event::is_traceparent(*parent)) return std::nullopt;
    auto state = environment("TRACESTATE");
    return event::TraceContext{*std::move(parent),
                               state && is_tracestate(*state) ? *std::move(state) : std::string()};
}

}  // namespace tocsin::cli::commands
