// SPDX-License-Identifier: Apache-2.0
// How far a pipeline has come in the log: one place, the few events behind it that are not settled yet, and
// the few in front of it that are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "common/core/sequence.hpp"
#include "common/core/timestamp.hpp"

namespace tocsin::daemon::pipeline {

using core::Seq;

/// An event that waits for its next attempt, or behind such a one of the same key, while others pass it.
struct Aside {
    Seq seq = 0;
    std::uint32_t attempts = 0;       ///< used, by verdicts on the message
    std::uint32_t deaths = 0;         ///< of the daemon while it was in work
    core::Timestamp first_attempt{};  ///< when it was tried first; 1970 for never
    friend bool operator==(const Aside&, const Aside&) = default;
};

/// What survives a restart: everything up to `position` is settled but for the events aside, some of which
/// may lie behind it; of what lies behind it, `settled` is.
struct Cursor {
    Seq position = 0;
    std::vector<Aside> aside{};                  ///< by sequence
    std::vector<core::SequenceRange> settled{};  ///< by sequence
    friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// Thread rule: one thread at a time.
class Progress {
 public:
    explicit Progress(const Cursor& cursor);

    /// Where to read on: behind everything that was taken or passed.
    Seq read_to() const noexcept { return read_to_; }

    /// Nothing up to there matched, but for what is `take`n.
    void pass(Seq seq);
    /// The event is in work from now on. In the order of the log. False when it is aside or settled already,
    /// as after a crash.
    bool take(Seq seq);
    /// It was delivered, is a dead letter, or was skipped.
    void settle(Seq seq);
    /// It waits for another attempt; those behind it may go on.
    void step_aside(const Aside& aside);
    bool is_aside(Seq seq) const { return aside_.contains(seq); }

    std::size_t aside_count() const noexcept { return aside_.size(); }
    /// How many are settled behind one that is in work. What the last life settled so waits for nobody.
    std::size_t settled_ahead() const noexcept { return in_work_.empty() ? 0 : settled_.size(); }
    /// The first event that is not settled, `read_to() + 1` when all are. Retention must not pass it.
    Seq floor() const noexcept;
    Cursor cursor() const;

 private:
    Seq position() const noexcept;
    void forget_passed();

    Seq read_to_ = 0;
    std::set<Seq> in_work_;  // taken, neither settled nor aside
    std::set<Seq> settled_;  // behind the first of those
    std::map<Seq, Aside> aside_;
};

}  // namespace tocsin::daemon::pipeline
