// SPDX-License-Identifier: Apache-2.0
#include "daemon/eventlog/selection.hpp"

#include <algorithm>

namespace tocsin::daemon::eventlog {
namespace {

Seq place_of(const Position& position, const EventLog& log) {
    if (const Seq* seq = std::get_if<Seq>(&position)) return *seq;
    return log.seek(std::get<core::Timestamp>(position));
}

}  // namespace

Query to_query(const Selection& selection, const EventLog& log) {
    Query query;
    query.types = selection.types;
    query.source = selection.source;
    query.after = selection.after.value_or(0);
    if (selection.since) query.after = std::max(query.after, std::max<Seq>(place_of(*selection.since, log), 1) - 1);
    if (selection.until) query.before = std::min(query.before, place_of(*selection.until, log));
    return query;
}

Seq place_before_last(std::size_t count, Query query, const EventLog& log) {
    query.order = Order::descending;
    const Seq floor = query.after;
    Seq place = query.before;
    while (count > 0) {
        query.limit = std::min<std::size_t>(count, 1000);
        const Page page = log.read(query);
        count -= page.events.size();
        if (!page.events.empty()) place = page.events.back().seq;
        if (page.end == Page::End::reached) return count > 0 ? floor : place - 1;
        query.before = page.scanned_to;
    }
    return place - 1;
}

}  // namespace tocsin::daemon::eventlog
