// SPDX-License-Identifier: Apache-2.0
// The port to what pipelines keep: how far they have come, whether they may run, their dead letters and the
// record of their runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.hpp"
#include "daemon/pipeline/dead_letter.hpp"
#include "daemon/pipeline/progress.hpp"

namespace tocsin::daemon::pipeline {

/// What an operator, or the other side, has decided. It outlives restarts.
struct Standing {
    enum class State : std::uint8_t { running, paused, disabled };
    State state = State::running;
    std::string reason;  ///< by whom, or why
    core::Timestamp since{};
    friend bool operator==(const Standing&, const Standing&) = default;
};

/// Since the pipeline's first day. Every event that matched is in one of the first three, or not settled.
struct Totals {
    std::uint64_t delivered = 0;
    std::uint64_t dead = 0;
    std::uint64_t skipped = 0;  ///< by an operator, or because retention took it
    std::uint64_t retried = 0;  ///< attempts that failed and were followed by another
    friend bool operator==(const Totals&, const Totals&) = default;
};

/// A pipeline as the store knows it; the name is its identity.
struct Kept {
    std::string name;
    Cursor cursor;
    Standing standing;
    Totals totals;
    std::uint64_t dead_letters = 0;  ///< that are kept now
};

/// What changes together: all of it is stored, or nothing.
struct Settlement {
    std::string pipeline;
    Cursor cursor;
    Standing standing;
    Totals totals;
    std::vector<DeadLetter> dead;     ///< new ones, and with an id those that failed again
    std::vector<DeadId> redelivered;  ///< they are dead letters no more
    std::vector<Run> runs;            ///< the youngest 1,000 of a pipeline are kept
};

inline constexpr std::size_t kept_runs = 1000;

/// Which dead letters are meant: those that fit everything that is given.
struct DeadQuery {
    std::string pipeline{};                  ///< empty: of every pipeline
    std::optional<core::Timestamp> since{};  ///< given up then or later
    std::vector<DeadId> ids{};               ///< empty: any
    DeadId after = 0;                        ///< exclusive
    std::size_t limit = 1000;
};

/// Called exactly once, on the committing thread. Must not throw, not block and not call the store. A
/// settlement that failed is given back.
using Settled = std::function<void(Settlement&&, const std::optional<core::Error>&)>;

/// Thread rule: any thread. Reads throw `core::Error`.
class DeliveryStore {
 public:
    virtual ~DeliveryStore() = default;

    virtual std::vector<Kept> pipelines() const = 0;

    /// Joins the next commit, which comes soon. Never throws.
    virtual void settle(Settlement settlement, Settled done) = 0;

    /// By id, ascending. A page may end early when its events are large: the last one is an empty page.
    virtual std::vector<DeadLetter> dead_letters(const DeadQuery& query) const = 0;
    virtual std::uint64_t count(const DeadQuery& query) const = 0;
    /// How many went. Waits for the commit.
    virtual std::uint64_t drop(const DeadQuery& query) = 0;

    /// The youngest first, without what they printed. An empty name means every pipeline.
    virtual std::vector<Run> runs(std::string_view pipeline, std::size_t limit) const = 0;
    virtual std::optional<Run> run(std::string_view id) const = 0;
};

}  // namespace tocsin::daemon::pipeline
