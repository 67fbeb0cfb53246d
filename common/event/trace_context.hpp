// SPDX-License-Identifier: Apache-2.0
// Trace contexts that come along with events (W3C Trace Context 1).
#pragma once

#include <string>
#include <string_view>

namespace tocsin::event {

class Attributes;

struct TraceContext {
    std::string traceparent;
    std::string tracestate;  ///< may be empty
};

/// True for a valid `traceparent` of version 00 (W3C Trace Context 1, section 3.2): `00-TRACE-PARENT-FLAGS`
/// with 32, 16 and 2 lower-case hexadecimal digits, neither TRACE nor PARENT all zero.
bool is_traceparent(std::string_view text) noexcept;

/// For an event that has none of its own. A broken trace must not cost an event: it is left out.
void add_trace(const TraceContext& trace, Attributes& attributes);

}  // namespace tocsin::event
