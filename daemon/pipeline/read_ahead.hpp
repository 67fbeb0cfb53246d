// SPDX-License-Identifier: Apache-2.0
// The next page of the log, read while somebody works on the one before.
#pragma once

#include <future>
#include <utility>

#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::pipeline {

/// Thread rule: one thread; the one that reads ends before this does.
class ReadAhead {
 public:
    /// Begins to read what lies behind a place. Throws `std::system_error` where no thread can be made.
    template <class Read>
    void begin(core::Seq after, Read&& read) {
        after_ = after;
        page_ = std::async(std::launch::async, std::forward<Read>(read));
    }

    /// The page behind this place, if that is the one that was begun; else one without an end (`scanned_to`
    /// 0). Throws what reading it threw.
    eventlog::Page take(core::Seq after) {
        if (!page_.valid()) return {};
        eventlog::Page page = page_.get();
        return after == after_ ? std::move(page) : eventlog::Page();
    }

 private:
    core::Seq after_ = 0;
    std::future<eventlog::Page> page_;
};

}  // namespace tocsin::daemon::pipeline
