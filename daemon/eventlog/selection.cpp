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
    query.allowed = selection.allowed;
    query.source = selection.source;
    query.after = selection.after.value_or(0);
    if (selection.since)
        query.after = std::max(query.after, std::max<Seq>(place_of(*selection.since, log), 1) - 1);
    if (selection.until) query.before = std::clamp<Seq>(place_of(*selection.until, log), 1, query.before);
    return query;
}

LastPlace::LastPlace(std::size_t count, const Query& query, const EventLog& log)
    : log_(log), query_(query), left_(count) {
    query_.order = Order::descending;
    query_.before = std::min(query.before, log.head() + 1);
    place_ = std::max(query_.before, query_.after + 1) - 1;
}

std::optional<Seq> LastPlace::step() {
    if (left_ == 0) return place_;
    query_.limit = std::min<std::size_t>(left_, 1000);
    const Page page = log_.read(query_);
    left_ -= page.events.size();
    if (!page.events.empty()) place_ = page.events.back().seq - 1;
    if (left_ == 0) return place_;
    if (page.end == Page::End::reached) return query_.after;
    query_.before = page.scanned_to;
    return std::nullopt;
}

}  // namespace tocsin::daemon::eventlog
