// SPDX-License-Identifier: Apache-2.0
// Errors as they travel: RFC 9457 problem documents over HTTP, a smaller object on the intake.
#pragma once

#include <string>
#include <string_view>

#include "common/core/error.hpp"

namespace tocsin::api {

inline constexpr std::string_view problem_media_type = "application/problem+json";

/// The HTTP status that stands for an error.
int http_status_of(const core::Error& error) noexcept;

/// `{"type":…,"title":…,"status":…,"detail":…,"code":…,"reason":…,"hint":…,"line":…}`; what is unknown is
/// left out. HTTP's own faults (405, 408, 415, 431) pass their own status.
std::string problem_json(const core::Error& error, int status);

/// `{"code":…,"reason":…,"message":…,"hint":…,"line":…}`
std::string refusal_json(const core::Error& error);

/// Reads either form back. A document that is neither becomes an `internal` error that quotes its start.
core::Error parse_problem(std::string_view json);

/// What the daemon answered is not what this program knows: `internal`.
core::Error not_understood(std::string_view what, const std::string& why);

}  // namespace tocsin::api
