// SPDX-License-Identifier: Apache-2.0
// Keeps account of who was not let do what: a count for each refusal, a line in the log for some.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "common/core/clock.hpp"
#include "common/core/error.hpp"
#include "daemon/api/access.hpp"
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::api {

enum class Door : std::uint8_t { local, intake, tcp };
std::string_view name_of(Door door) noexcept;

/// Of a request whose sender is not known.
inline const event::Author nobody{};

/// Where a request comes in, and from whom as the kernel or the network tell it.
struct Visit {
    Door door = Door::local;
    Peer peer;            ///< at the local doors
    std::string address;  ///< at the others

    /// `uid 1000 pid 4711`, or an address.
    std::string origin() const;
};

/// Valid for the time of a call.
struct Refusal {
    enum class Cause : std::uint8_t { denied, rate, token, connections };
    Cause cause = Cause::denied;
    const Visit& visit;
    const event::Author& who;  ///< empty when nobody knows
    std::string_view what;     ///< as `GET /v1/events`
    Scope right = Scope::none;
    const core::Error& error;    ///< what the client is told
    std::uint64_t left_out = 0;  ///< refusals of the same principal that were only counted since the last one
};
std::string_view name_of(Refusal::Cause cause) noexcept;

/// Thread rule: any thread.
class Audit {
 public:
    using Listener = std::function<void(const Refusal&)>;

    /// `listener` hears of what is written into the log: of each principal once a second, of all who can't be
    /// told by name once a second together.
    Audit(metrics::Metrics& metrics, const core::Clock& clock, Listener listener = {});

    void refused(Refusal refusal);

    /// Notes the error when it is a refusal: `denied`, or `unavailable` for the rate.
    void note(const core::Error& error, const Visit& visit, const event::Author& who, std::string_view what,
              Scope right);

 private:
    struct Told {
        core::SteadyTime last;
        std::uint64_t left_out = 0;
    };

    bool is_due(const event::Author& who, std::uint64_t& left_out);

    metrics::Metrics& metrics_;
    const core::Clock& clock_;
    Listener listener_;
    std::mutex mutex_;  // guards the next
    std::map<std::string, Told, std::less<>> told_;
};

}  // namespace tocsin::daemon::api
