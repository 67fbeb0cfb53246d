// SPDX-License-Identifier: Apache-2.0
#include "common/event/trace_context.hpp"

#include <algorithm>

#include "common/core/text.hpp"
#include "common/event/event.hpp"

namespace tocsin::event {
namespace {

bool is_hex(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) noexcept {
    return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

bool is_traceparent(std::string_view text) noexcept {
    if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return false;
    return is_id(text.substr(3, 32)) && is_id(text.substr(36, 16)) && is_hex(text.substr(53));
}

void add_trace(const TraceContext& trace, Attributes& attributes) {
    if (!is_traceparent(trace.traceparent) || attributes.has("traceparent")) return;
    attributes.add("traceparent", trace.traceparent);
    const bool has_state = !trace.tracestate.empty() && core::is_printable_utf8(trace.tracestate);
    if (has_state && !attributes.has("tracestate")) attributes.add("tracestate", trace.tracestate);
}

}  // namespace tocsin::event
