// SPDX-License-Identifier: Apache-2.0
// How far a pipeline has come in the log: one place, and the few events behind it that are not settled yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "common/core/sequence.hpp"
#include "common/core/timestamp.hpp"

namespace tocsin::daemon::pipeline {

using core::Seq;

/// An event that failed and waits for its next attempt while others pass it.
struct Aside {
    Seq seq = 0;
    std::uint32_t attempts = 0;       ///< used, by verdicts on the message
    core::Timestamp first_attempt{};  ///< when it was tried first
    friend bool operator==(const Aside&, const Aside&) = default;
};

/// What survives a restart: everything up to `position` is settled but for the events aside, some of which
/// may lie behind it.
struct Cursor {
    Seq position = 0;
    std::vector<Aside> aside;  ///< by sequence
};

/// Thread rule: one thread.
class Progress {
 public:
    explicit Progress(const Cursor& cursor);

    /// Where to read on: behind everything that was taken or passed.
    Seq read_to() const noexcept { return read_to_; }

    /// Nothing up to there matched, but for what is `take`n.
    void pass(Seq seq);
    /// The event is in work from now on. In the order of the log. False when it is aside already, as after a
    /// crash that lost some of the way.
    bool take(Seq seq);
    /// It was delivered, is a dead letter, or was skipped.
    void settle(Seq seq);
    /// It failed and is to be tried again; those behind it may go on.
    void step_aside(const Aside& aside);

    std::size_t unsettled() const noexcept { return in_work_.size() + aside_.size(); }
    /// The first event that is not settled, `read_to() + 1` when all are. Retention must not pass it.
    Seq floor() const noexcept;
    Cursor cursor() const;

 private:
    Seq read_to_ = 0;
    std::set<Seq> in_work_;
    std::map<Seq, Aside> aside_;
};

}  // namespace tocsin::daemon::pipeline
