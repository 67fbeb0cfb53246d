// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/audit.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <utility>

namespace tocsin::daemon::api {
namespace {

using Cause = Refusal::Cause;

constexpr std::chrono::seconds pause{1};
constexpr std::size_t max_told = 1024;

std::string line_of(const Refusal& refusal) {
    std::string line = "refused: ";
    line.append(refusal.error.what()).append(" (").append(refusal.what);
    line.append(", door ").append(name_of(refusal.visit.door)).append(", ").append(refusal.visit.origin());
    line += ')';
    if (refusal.left_out > 0)
        line.append("; ").append(std::to_string(refusal.left_out)).append(" more since the last such line");
    return line;
}

}  // namespace

std::string_view name_of(Door door) noexcept {
    constexpr std::array<std::string_view, 3> names{"local", "intake", "tcp"};
    return names[static_cast<std::size_t>(door)];
}

std::string_view name_of(Cause cause) noexcept {
    constexpr std::array<std::string_view, 4> names{"denied", "rate", "token", "connections"};
    return names[static_cast<std::size_t>(cause)];
}

std::string Visit::origin() const {
    if (door == Door::tcp) return address;
    return "uid " + std::to_string(peer.uid) + " pid " + std::to_string(peer.pid);
}

Audit::Audit(metrics::Metrics& metrics, const core::Clock& clock, Listener listener)
    : metrics_(metrics), clock_(clock), listener_(std::move(listener)) {}

void Audit::note(const core::Error& error, const Visit& visit, const event::Author& who,
                 std::string_view what, Scope right) {
    if (error.code() == core::Code::denied)
        refused({Cause::denied, visit, who, what, right, error});
    else if (error.reason() == core::Reason::rate)
        refused({Cause::rate, visit, who, what, right, error});
}

void Audit::refused(Refusal refusal) {
    metrics_.access_refusals.count(name_of(refusal.visit.door), name_of(refusal.cause));
    if (!is_due(refusal.who, refusal.left_out)) return;
    spdlog::warn("{}", line_of(refusal));
    if (listener_) listener_(refusal);
}

/// The names of principals come from the host and the configuration, but a host may have many.
bool Audit::is_due(const event::Author& who, std::uint64_t& left_out) {
    const core::SteadyTime now = clock_.steady();
    const std::lock_guard lock(mutex_);
    std::string key = who.kind + ' ' + who.name;
    auto found = told_.find(key);
    if (found == told_.end()) {
        if (told_.size() >= max_told)
            std::erase_if(told_, [&](const auto& entry) { return entry.second.last + pause <= now; });
        if (told_.size() >= max_told) return false;
        told_.emplace(std::move(key), Told{now});
        return true;
    }
    Told& told = found->second;
    if (told.last + pause > now) {
        ++told.left_out;
        return false;
    }
    left_out = std::exchange(told.left_out, 0);
    told.last = now;
    return true;
}

}  // namespace tocsin::daemon::api
