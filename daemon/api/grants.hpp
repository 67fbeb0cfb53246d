// SPDX-License-Identifier: Apache-2.0
// Rights, as configuration writes them and as routes ask for them: one list for all doors.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::api {

/// What a route asks for. `none` needs no right at all.
enum class Scope : std::uint8_t { none, emit, read, operate, admin };

std::string_view name_of(Scope scope) noexcept;

/// One right: `emit`, `read`, `operate` or `admin`; the first two may be limited to types, as `read:order.>`.
class Grant {
 public:
    /// Throws `invalid`, naming the text and what is wrong with it.
    static Grant parse(std::string_view text);

    Scope scope() const noexcept { return scope_; }
    /// The types that it is limited to; nothing means all.
    const std::optional<event::TopicPattern>& pattern() const noexcept { return pattern_; }
    std::string text() const;

 private:
    Grant(Scope scope, std::optional<event::TopicPattern> pattern)
        : scope_(scope), pattern_(std::move(pattern)) {}
    Scope scope_;
    std::optional<event::TopicPattern> pattern_;
};

/// All rights of somebody. `admin` includes every other one, without limits.
class Grants {
 public:
    Grants() = default;
    Grants(std::initializer_list<Scope> scopes);
    explicit Grants(const std::vector<Grant>& list);

    /// For some types at least.
    bool has(Scope scope) const noexcept { return scope == Scope::none || (some_ & bit(scope)) != 0; }
    /// For every type.
    bool has_whole(Scope scope) const noexcept { return scope == Scope::none || (whole_ & bit(scope)) != 0; }
    bool covers(Scope scope, std::string_view type) const noexcept;
    /// The types that `emit` or `read` is limited to; none when it is not limited, or not there at all.
    const eventlog::Patterns& limits(Scope scope) const noexcept;

 private:
    static constexpr unsigned bit(Scope scope) noexcept { return 1U << static_cast<unsigned>(scope); }
    void add(Scope scope, const std::optional<event::TopicPattern>& pattern);
    void settle();

    unsigned some_ = 0;
    unsigned whole_ = 0;
    eventlog::Patterns emit_limits_;
    eventlog::Patterns read_limits_;
};

}  // namespace tocsin::daemon::api
