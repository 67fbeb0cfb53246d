// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/progress.hpp"

#include <algorithm>

namespace tocsin::daemon::pipeline {

Progress::Progress(const Cursor& cursor) : read_to_(cursor.position) {
    for (const Aside& aside : cursor.aside) aside_.emplace(aside.seq, aside);
}

void Progress::pass(Seq seq) { read_to_ = std::max(read_to_, seq); }

bool Progress::take(Seq seq) {
    pass(seq);
    return !aside_.contains(seq) && in_work_.insert(seq).second;
}

void Progress::settle(Seq seq) {
    in_work_.erase(seq);
    aside_.erase(seq);
}

void Progress::step_aside(const Aside& aside) {
    in_work_.erase(aside.seq);
    aside_[aside.seq] = aside;
}

Seq Progress::floor() const noexcept {
    Seq floor = read_to_ + 1;
    if (!in_work_.empty()) floor = std::min(floor, *in_work_.begin());
    if (!aside_.empty()) floor = std::min(floor, aside_.begin()->first);
    return floor;
}

/// What is in work is not told: after a crash it is read and tried again. So are those behind it that are
/// settled already, which is what "at least once" allows; their number is that of the workers.
Cursor Progress::cursor() const {
    Cursor cursor{in_work_.empty() ? read_to_ : *in_work_.begin() - 1, {}};
    for (const auto& [seq, aside] : aside_) cursor.aside.push_back(aside);
    return cursor;
}

}  // namespace tocsin::daemon::pipeline
