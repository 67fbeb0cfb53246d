// SPDX-License-Identifier: Apache-2.0
// Which events a reader asks for, before places in the log are known, and the reading of it page by page.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::eventlog {

/// A place named by sequence or by `recordedtime`.
using Position = std::variant<Seq, core::Timestamp>;

/// `since` is inclusive, `after` and `until` are exclusive.
struct Selection {
    Patterns types;
    Patterns allowed;  ///< what the reader may see; none means every event
    std::string source;
    std::optional<Seq> after;
    std::optional<Position> since;
    std::optional<Position> until;
};

/// The query for a selection: times become places. Without `after` and `since` it starts at the beginning.
Query to_query(const Selection& selection, const EventLog& log);

/// Looks backwards for the place behind which the last `count` matching events lie, a bounded piece at a
/// time.
class LastPlace {
 public:
    LastPlace(std::size_t count, const Query& query, const EventLog& log);

    /// Does one piece of the search; the place, once it is found.
    std::optional<Seq> step();

 private:
    const EventLog& log_;
    Query query_;
    std::size_t left_;
    Seq place_;
};

}  // namespace tocsin::daemon::eventlog
