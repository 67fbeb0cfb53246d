// SPDX-License-Identifier: Apache-2.0
// When a delivery that failed is tried again, and when it is given up.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace tocsin::daemon::pipeline {

/// What a sink says of a message, or of itself.
enum class Verdict : std::uint8_t {
    delivered,  ///< the other side has acknowledged it
    retry,      ///< the message failed: an attempt is used
    dead,       ///< the message can't succeed: no further attempt
    sink_down,  ///< nothing can be said about the message: no attempt is used, the pipeline halts
    gone,       ///< the other side wants nothing any more: the pipeline is disabled
};

/// `delivered`, `retry`, `dead`, `sink_down`, `gone`
std::string_view name_of(Verdict verdict) noexcept;

struct RetryRule {
    std::uint32_t attempts = 8;
    std::chrono::milliseconds least{1000};          ///< the first pause; each further one is twice as long
    std::chrono::milliseconds most{300'000};        ///< no pause is longer
    std::chrono::milliseconds max_age{86'400'000};  ///< from the first attempt on
};

/// The pause after so many failures in a row (from 1), ± 10 %: `chance` is evenly spread over [0, 1).
std::chrono::milliseconds pause_after(std::uint32_t failures, const RetryRule& rule, double chance) noexcept;

/// True when a message is given up that has used so many attempts and was tried first so long ago. A sink
/// that is down uses none, so then its age alone counts.
bool is_given_up(std::uint32_t attempts, std::chrono::milliseconds age, const RetryRule& rule) noexcept;

}  // namespace tocsin::daemon::pipeline
