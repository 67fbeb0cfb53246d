// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/progress.hpp"

#include <algorithm>

namespace tocsin::daemon::pipeline {

Progress::Progress(const Cursor& cursor) : read_to_(cursor.position) {
    for (const Aside& aside : cursor.aside) aside_.emplace(aside.seq, aside);
    for (const core::SequenceRange& range : cursor.settled)
        for (Seq seq = range.first; seq <= range.last; ++seq) settled_.insert(settled_.end(), seq);
}

void Progress::pass(Seq seq) {
    read_to_ = std::max(read_to_, seq);
    forget_passed();
}

bool Progress::take(Seq seq) {
    read_to_ = std::max(read_to_, seq);
    return !aside_.contains(seq) && !settled_.contains(seq) && in_work_.insert(seq).second;
}

void Progress::settle(Seq seq) {
    const bool was_open = aside_.erase(seq) + in_work_.erase(seq) > 0;
    if (was_open && seq > position()) settled_.insert(seq);
    forget_passed();
}

void Progress::step_aside(const Aside& aside) {
    in_work_.erase(aside.seq);
    aside_[aside.seq] = aside;
    forget_passed();
}

void Progress::forget_passed() { settled_.erase(settled_.begin(), settled_.upper_bound(position())); }

Seq Progress::position() const noexcept {
    return in_work_.empty() ? read_to_ : std::min(read_to_, *in_work_.begin() - 1);
}

Seq Progress::floor() const noexcept {
    const Seq floor = position() + 1;
    return aside_.empty() ? floor : std::min(floor, aside_.begin()->first);
}

/// What is in work is not told: after a crash it is read and tried again.
Cursor Progress::cursor() const {
    Cursor cursor{position(), {}, {}};
    cursor.aside.reserve(aside_.size());
    for (const auto& [seq, aside] : aside_) cursor.aside.push_back(aside);
    for (const Seq seq : settled_) {
        if (!cursor.settled.empty() && cursor.settled.back().last + 1 == seq)
            cursor.settled.back().last = seq;
        else
            cursor.settled.push_back({seq, seq});
    }
    return cursor;
}

}  // namespace tocsin::daemon::pipeline
