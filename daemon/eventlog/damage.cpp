// SPDX-License-Identifier: Apache-2.0
#include "daemon/eventlog/damage.hpp"

namespace tocsin::daemon::eventlog {

Page read_past_damage(const EventLog& log, Query query,
                      const std::function<void(const core::Error&)>& report) {
    try {
        return log.read(query);
    } catch (const core::Error& error) {
        if (error.code() != core::Code::internal) throw;
        // One of the page is damaged: from here on event by event, until it is passed.
    }
    query.limit = 1;
    try {
        return log.read(query);
    } catch (const core::Error& error) {
        if (error.code() != core::Code::internal) throw;
        report(error);
        Page page;
        page.scanned_to = query.after + 1;
        return page;
    }
}

}  // namespace tocsin::daemon::eventlog
