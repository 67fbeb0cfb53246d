// SPDX-License-Identifier: Apache-2.0
// What came back for a request, and what that means for the messages. Thread rule: any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/timestamp.hpp"
#include "daemon/pipeline/sink.hpp"

namespace tocsin::daemon::curl {

inline constexpr std::size_t kept_bytes = 64U << 10;

struct Answer {
    int status = 0;           ///< 0: none came, and `failure` says why
    std::string retry_after;  ///< the header's value
    std::string body;         ///< its first `kept_bytes`
    std::string failure;      ///< in a few words
};

/// By what Standard Webhooks says of a status; one outside 100 to 599 counts as 5xx (RFC 9110, section 15).
pipeline::Verdict verdict_on(int status) noexcept;

/// Reads Retry-After (RFC 9110, section 10.2.3): at least 0, at most 24 hours. Nothing when it is broken.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, core::Timestamp now);

pipeline::Delivery delivery_of(Answer answer, core::Timestamp now);

}  // namespace tocsin::daemon::curl
