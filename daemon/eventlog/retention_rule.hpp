// SPDX-License-Identifier: Apache-2.0
// Which old events go: the rule of retention, without a clock or a log of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::eventlog {

/// The limits of the log; 0 is none.
struct RetentionOptions {
    std::chrono::milliseconds age = std::chrono::days(30);  ///< by `recordedtime`
    std::uint64_t bytes = 4ULL << 30;                       ///< as `LogExtent::bytes` counts them
    std::uint64_t count = 0;                                ///< events, but for the kept ones
};

/// A step takes at most so many events, and nothing goes before so many are beyond a limit, or a
/// `slack_divisor`th of the limit: removing single events would cost more than they do.
inline constexpr std::uint64_t retention_batch = 4096;
inline constexpr int slack_divisor = 30;

/// The log is what QR codes are made from: events of type `qr.code.*` are never removed.
bool is_kept(std::string_view type) noexcept;

/// Somebody who still needs the log from `floor` on, such as a pipeline that has not settled it yet.
struct Hold {
    std::string holder;
    Seq floor = 0;
};

enum class Limit { age, bytes, count };
std::string_view name_of(Limit limit) noexcept;

/// What the rule looks at.
struct Situation {
    LogExtent log;
    core::Timestamp now;  ///< the time that ages are measured by
    std::vector<Hold> holds;
};

/// Events in front of `before` go, because of `limit`; 0: none. `held_by` names who keeps events that a limit
/// would take.
struct Decision {
    Seq before = 0;
    Limit limit = Limit::age;
    std::string held_by;
};

/// `seek` is `EventLog::seek`; it is asked only when the oldest event is too old. While room is low, holds
/// are passed over and every event beyond a limit goes at once.
Decision decide(const RetentionOptions& options, const Situation& situation,
                const std::function<Seq(core::Timestamp)>& seek);

}  // namespace tocsin::daemon::eventlog
