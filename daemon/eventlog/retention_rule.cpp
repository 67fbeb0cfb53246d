// SPDX-License-Identifier: Apache-2.0
#include "daemon/eventlog/retention_rule.hpp"

#include <algorithm>

namespace tocsin::daemon::eventlog {
namespace {

std::uint64_t events_in(const LogExtent& log) { return log.empty() ? 0 : log.head + 1 - log.first; }

/// How many events may be beyond a limit before it is worth to remove them.
std::uint64_t slack_of(std::uint64_t limit, std::uint64_t most, Room room) {
    return room == Room::low ? 0 : std::min(limit / slack_divisor, most);
}

/// Where the log would have to begin for its age; 0 when that is no reason to do anything.
Seq before_by_age(const RetentionOptions& options, const Situation& situation,
                  const std::function<Seq(core::Timestamp)>& seek) {
    const LogExtent& log = situation.log;
    if (options.age.count() == 0 || log.empty()) return 0;
    const core::Timestamp oldest_allowed = situation.now - options.age;
    if (log.oldest >= oldest_allowed) return 0;
    const Seq before = seek(oldest_allowed);
    const bool far_over = oldest_allowed - log.oldest >= options.age / slack_divisor;
    const bool worth_it = far_over || log.room == Room::low || before >= log.first + retention_batch;
    return worth_it ? before : 0;
}

Seq before_by_count(const RetentionOptions& options, const LogExtent& log) {
    const std::uint64_t events = events_in(log);
    if (options.count == 0 || events <= options.count) return 0;
    const std::uint64_t excess = events - options.count;
    return excess > slack_of(options.count, retention_batch - 1, log.room) ? log.first + excess : 0;
}

/// Events are taken to be of one size. The next step counts anew, so that a wrong guess costs one step at
/// most.
Seq before_by_bytes(const RetentionOptions& options, const LogExtent& log) {
    constexpr std::uint64_t most_slack = 1U << 20;
    if (options.bytes == 0 || log.bytes <= options.bytes || log.empty()) return 0;
    const std::uint64_t excess = log.bytes - options.bytes;
    if (excess <= slack_of(options.bytes, most_slack, log.room)) return 0;
    const std::uint64_t bytes_per_event = std::max<std::uint64_t>(log.bytes / events_in(log), 1);
    return log.first + std::clamp<std::uint64_t>(excess / bytes_per_event, 1, events_in(log));
}

}  // namespace

bool is_kept(std::string_view type) noexcept {
    constexpr std::string_view prefix = "qr.code.";
    return type.starts_with(prefix) && type.find('.', prefix.size()) == std::string_view::npos;
}

std::string_view name_of(Limit limit) noexcept {
    switch (limit) {
        case Limit::age: return "age";
        case Limit::bytes: return "bytes";
        case Limit::count: return "count";
    }
    return "";
}

Decision decide(const RetentionOptions& options, const Situation& situation,
                const std::function<Seq(core::Timestamp)>& seek) {
    Decision decision;
    const auto want = [&](Seq before, Limit limit) {
        if (before <= decision.before || before <= situation.log.first) return;
        decision.before = before;
        decision.limit = limit;
    };
    want(before_by_age(options, situation, seek), Limit::age);
    want(before_by_count(options, situation.log), Limit::count);
    want(before_by_bytes(options, situation.log), Limit::bytes);
    if (situation.log.room == Room::low) return decision;
    for (const Hold& hold : situation.holds) {
        if (hold.floor >= decision.before) continue;
        decision.before = hold.floor;
        decision.held_by = hold.holder;
    }
    if (decision.before <= situation.log.first) decision.before = 0;
    return decision;
}

}  // namespace tocsin::daemon::eventlog
