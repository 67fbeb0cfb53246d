// SPDX-License-Identifier: Apache-2.0
// Reading on where an event is damaged.
#pragma once

#include <functional>

#include "common/core/error.hpp"
#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::eventlog {

/// A page of the log. A damaged event stands in nobody's way: it is reported, and passed over. Throws what
/// may be mended by trying again.
Page read_past_damage(const EventLog& log, Query query,
                      const std::function<void(const core::Error&)>& report);

}  // namespace tocsin::daemon::eventlog
