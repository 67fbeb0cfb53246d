// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/sequence_runs.hpp"

#include <algorithm>

namespace tocsin::daemon::sqlite {

using core::Seq;
using core::SequenceRange;

void SequenceRuns::add(Seq seq) {
    if (!runs_.empty() && runs_.back().last + 1 == seq) {
        runs_.back().last = seq;
    } else {
        runs_.push_back({seq, seq});
        tidy_ = false;
    }
}

void SequenceRuns::add(SequenceRange range) {
    if (range.first > range.last) return;
    runs_.push_back(range);
    tidy_ = false;
}

const std::vector<SequenceRange>& SequenceRuns::runs() {
    if (tidy_) return runs_;
    std::ranges::sort(runs_, {}, &SequenceRange::first);
    std::vector<SequenceRange> joined;
    for (const SequenceRange& run : runs_) {
        if (!joined.empty() && run.first <= joined.back().last + 1)
            joined.back().last = std::max(joined.back().last, run.last);
        else
            joined.push_back(run);
    }
    runs_ = std::move(joined);
    tidy_ = true;
    return runs_;
}

std::vector<SequenceRange> SequenceRuns::gaps(SequenceRange range) {
    std::vector<SequenceRange> gaps;
    Seq next = range.first;
    for (const SequenceRange& run : runs()) {
        if (run.last < next) continue;
        if (run.first > range.last) break;
        if (run.first > next) gaps.push_back({next, run.first - 1});
        next = run.last + 1;
    }
    if (next <= range.last) gaps.push_back({next, range.last});
    return gaps;
}

}  // namespace tocsin::daemon::sqlite
