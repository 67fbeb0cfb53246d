// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/trace_context.hpp"

#include <algorithm>
#include <string_view>

namespace tocsin::cli::commands {
namespace {

constexpr std::size_t max_tracestate_bytes = 512;

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

/// W3C Trace Context, section 3.2: version 00, `00-TRACE-PARENT-FLAGS`.
bool is_traceparent(std::string_view text) {
    if (text.size() != 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
    const std::string_view trace = text.substr(3, 32);
    const std::string_view parent = text.substr(36, 16);
    return text.starts_with("00") && is_hex(trace) && is_hex(parent) && is_hex(text.substr(53)) &&
           !is_zero(trace) && !is_zero(parent);
}

bool is_tracestate(std::string_view text) {
    return text.size() <= max_tracestate_bytes && text.find('=') != std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::optional<TraceContext> trace_context(const connection::Environment& environment) {
    auto parent = environment("TRACEPARENT");
    if (!parent || !is_traceparent(*parent)) return std::nullopt;
    auto state = environment("TRACESTATE");
    return TraceContext{*std::move(parent),
                        state && is_tracestate(*state) ? *std::move(state) : std::string()};
}

}  // namespace tocsin::cli::commands
