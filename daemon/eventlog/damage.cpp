// SPDX-License-Identifier: Apache-2.0
#include "daemon/eventlog/damage.hpp"

namespace tocsin::daemon::eventlog {

Page read_past_damage(const EventLog& log, Query query, const MayPass& may_pass) {
    try {
        return log.read(query);
    } catch (const core::Error&) {
        // One of the page can't be read: from here on event by event, until it is passed.
    }
    query.limit = 1;
    try {
        return log.read(query);
    } catch (const core::Error& error) {
        if (!may_pass(error)) throw;
        Page page;
        page.scanned_to = query.after + 1;
        return page;
    }
}

}  // namespace tocsin::daemon::eventlog
