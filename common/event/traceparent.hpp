// SPDX-License-Identifier: Apache-2.0
// The rule for trace contexts that come along with events.
#pragma once

#include <string_view>

namespace tocsin::event {

/// True for a valid `traceparent` of version 00 (W3C Trace Context 1, section 3.2): `00-TRACE-PARENT-FLAGS`
/// with 32, 16 and 2 lower-case hexadecimal digits, neither TRACE nor PARENT all zero.
bool is_traceparent(std::string_view text) noexcept;

}  // namespace tocsin::event
