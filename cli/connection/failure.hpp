// SPDX-License-Identifier: Apache-2.0
// The ways in which a call can fail below HTTP. Code `unavailable` means that another try may succeed.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::connection {

/// Nothing listens on the path (69), or this user may not connect to it (77).
core::Exit no_daemon(const std::string& path, int error_number);

/// The daemon's queue of connections stayed full (75).
core::Exit not_accepted(const std::string& path, std::chrono::milliseconds waited);

/// The request was sent, and no whole answer came in time (75).
core::Exit no_answer(std::chrono::milliseconds waited);

/// The connection ended before the first byte of an answer (75).
core::Exit closed_unanswered(const std::string& path);

/// The connection ended in the middle of an answer (76).
core::Exit cut(const std::string& path);

/// What came is not HTTP, or not what the API promises (76, code `internal`).
core::Exit not_understood(const std::string& path, std::string_view why);

/// A span as people write it: `250ms`, `5s`, `2m`.
std::string to_text(std::chrono::milliseconds span);

}  // namespace tocsin::cli::connection
