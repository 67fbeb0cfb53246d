// SPDX-License-Identifier: Apache-2.0
// The list of those who want to hear that the head moved, for implementations of EventLog.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::eventlog {

/// Thread rule: any thread. Must outlive every watch that it gave out.
class Watchers {
 public:
    std::unique_ptr<Watch> add(std::function<void()> wake);
    void notify() const;

 private:
    class Entry;
    mutable std::mutex mutex_;
    std::list<std::function<void()>> wakes_;
};

}  // namespace tocsin::daemon::eventlog
