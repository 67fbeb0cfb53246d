// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/retry.hpp"

#include <algorithm>
#include <array>

namespace tocsin::daemon::pipeline {

std::string_view name_of(Verdict verdict) noexcept {
    static constexpr std::array<std::string_view, 5> names{"delivered", "retry", "dead", "sink_down", "gone"};
    return names.at(static_cast<std::size_t>(verdict));
}

std::chrono::milliseconds pause_after(std::uint32_t failures, const RetryRule& rule, double chance) noexcept {
    constexpr double spread = 0.1;
    std::chrono::milliseconds pause = std::min(rule.least, rule.most);
    for (std::uint32_t doubled = 1; doubled < failures && pause < rule.most; ++doubled)
        pause = std::min(pause * 2, rule.most);
    const double factor = 1 - spread + 2 * spread * chance;
    return std::chrono::milliseconds(
        static_cast<std::chrono::milliseconds::rep>(static_cast<double>(pause.count()) * factor));
}

bool is_given_up(std::uint32_t attempts, std::chrono::milliseconds age, const RetryRule& rule) noexcept {
    return attempts >= rule.attempts || age >= rule.max_age;
}

}  // namespace tocsin::daemon::pipeline
