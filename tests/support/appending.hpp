// SPDX-License-Identifier: Apache-2.0
// Appends and waits for the outcome.
#pragma once

#include <atomic>
#include <utility>
#include <vector>

#include "daemon/eventlog/event_log.hpp"

namespace tocsin::tests {

inline daemon::eventlog::AppendResult append_and_wait(daemon::eventlog::EventLog& log,
                                                      std::vector<event::Draft> drafts) {
    daemon::eventlog::AppendResult result;
    std::atomic<bool> done = false;
    log.append({{"user", "root"}, std::move(drafts)}, [&](daemon::eventlog::AppendResult&& given) {
        result = std::move(given);
        done = true;
        done.notify_all();
    });
    log.flush();
    done.wait(false);
    return result;
}

}  // namespace tocsin::tests
