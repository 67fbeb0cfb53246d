// SPDX-License-Identifier: Apache-2.0
// Reading on where an event is damaged.
#pragma once

#include <functional>

#include "common/core/error.hpp"
#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::eventlog {

/// Told why an event can't be read: true passes it over.
using MayPass = std::function<bool(const core::Error&)>;

/// A page of the log. An event that can't be read stands in nobody's way, if it may be passed over; else
/// throws why.
Page read_past_damage(const EventLog& log, Query query, const MayPass& may_pass);

}  // namespace tocsin::daemon::eventlog
