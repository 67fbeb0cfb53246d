// SPDX-License-Identifier: Apache-2.0
// Sets of sequences, kept as runs: a log has few gaps.
#pragma once

#include <vector>

#include "common/core/sequence.hpp"

namespace tocsin::daemon::sqlite {

/// Takes sequences in any order; those of a page come in theirs. Thread rule: one thread.
class SequenceRuns {
 public:
    void add(core::Seq seq);
    void add(core::SequenceRange range);

    bool empty() const noexcept { return runs_.empty(); }
    /// The runs, in order, with a gap between each two. Not const: it tidies up first.
    const std::vector<core::SequenceRange>& runs();
    /// What of the range is not in the set.
    std::vector<core::SequenceRange> gaps(core::SequenceRange range);

 private:
    std::vector<core::SequenceRange> runs_;
    bool tidy_ = true;
};

}  // namespace tocsin::daemon::sqlite
