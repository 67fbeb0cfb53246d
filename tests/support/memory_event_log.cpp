// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_event_log.hpp"

#include <algorithm>
#include <map>

#include "daemon/eventlog/retention_rule.hpp"

namespace tocsin::tests {

using namespace daemon::eventlog;  // the implementation of its port
using event::Draft;
using event::Receipt;

void MemoryEventLog::append(Batch batch, Completion done) {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(batch), std::move(done)});
}

void MemoryEventLog::flush() {
    std::vector<Waiting> queue;
    std::vector<AppendResult> results;
    std::size_t before = 0;
    {
        const std::lock_guard lock(mutex_);
        before = events_.size();
        queue.swap(queue_);
        for (const Waiting& waiting : queue) results.push_back(store(waiting.batch));
    }
    if (head() != before) watchers_.notify();
    for (std::size_t i = 0; i < queue.size(); ++i) queue[i].done(std::move(results[i]));
}

AppendResult MemoryEventLog::store(const Batch& batch) {
    const std::size_t before = events_.size();
    std::vector<Receipt> receipts;
    for (const Draft& draft : batch.drafts) {
        if (const Event* same = find_same(batch.author, draft)) {
            if (same->type == draft.type && same->data == draft.data) {
                receipts.push_back({draft.id, same->seq, Receipt::Outcome::duplicate});
                continue;
            }
            const core::Error conflict(core::Code::conflict,
                                       "id '" + draft.id + "' is stored with other content");
            events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(before), events_.end());
            return conflict.at_line(draft.line);
        }
        const core::Timestamp recorded =
            std::max(clock_.now(), events_.empty() ? core::Timestamp() : events_.back().event.recorded);
        events_.push_back({{events_.size() + 1, draft.type, draft.source, draft.id, recorded, batch.author,
                            draft.attributes, draft.data},
                           draft.id_origin});
        receipts.push_back({draft.id, events_.size(), Receipt::Outcome::stored});
    }
    return receipts;
}

const Event* MemoryEventLog::find_same(const event::Author& author, const Draft& draft) const {
    if (draft.id_origin == event::IdOrigin::minted) return nullptr;
    for (const Stored& stored : events_)
        if (!is_gone(stored.event) && stored.id_origin == event::IdOrigin::client &&
            stored.event.author == author && stored.event.source == draft.source &&
            stored.event.id == draft.id)
            return &stored.event;
    return nullptr;
}

Page MemoryEventLog::read(const Query& query) const {
    const std::lock_guard lock(mutex_);
    const bool up = query.order == Order::ascending;
    const Seq low = query.after + 1;
    const Seq high = std::min<Seq>(query.before - 1, events_.size());
    Page page;
    page.scanned_to = up ? std::max(query.after, high) : query.after;
    for (Seq step = 0; low + step <= high; ++step) {
        const Event& event = events_[(up ? low + step : high - step) - 1].event;
        const bool wanted = !is_gone(event) && query.takes(event.type.name()) &&
                            (query.source.empty() || query.source == event.source);
        if (!wanted) continue;
        page.events.push_back(event);
        page.bytes += event.size_bytes();
        if (page.events.size() < query.limit && page.bytes < query.max_bytes) continue;
        page.scanned_to = event.seq;
        page.end = low + step == high ? Page::End::reached : Page::End::more;
        break;
    }
    return page;
}

std::optional<Event> MemoryEventLog::get(Seq seq) const {
    const std::lock_guard lock(mutex_);
    if (seq == 0 || seq > events_.size() || is_gone(events_[seq - 1].event)) return std::nullopt;
    return events_[seq - 1].event;
}

std::vector<Event> MemoryEventLog::find(std::string_view id, std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    std::vector<Event> found;
    for (const Stored& stored : events_)
        if (stored.event.id == id && !is_gone(stored.event) && found.size() < limit)
            found.push_back(stored.event);
    return found;
}

Seq MemoryEventLog::seek(core::Timestamp time) const {
    const std::lock_guard lock(mutex_);
    for (const Stored& stored : events_)
        if (stored.event.recorded >= time && !is_gone(stored.event)) return stored.event.seq;
    return events_.size() + 1;
}

Seq MemoryEventLog::head() const noexcept {
    const std::lock_guard lock(mutex_);
    return events_.size();
}

std::vector<event::TypeSummary> MemoryEventLog::types() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, event::TypeSummary> types;
    for (const Stored& stored : events_) {
        if (is_gone(stored.event)) continue;
        const std::string& name = stored.event.type.name();
        event::TypeSummary& type =
            types.try_emplace(name, event::TypeSummary{name, 0, stored.event.seq, 0}).first->second;
        ++type.count;
        type.last = stored.event.seq;
    }
    std::vector<event::TypeSummary> list;
    for (const auto& [name, type] : types) list.push_back(type);
    return list;
}

/// There is no file to copy.
void MemoryEventLog::back_up(daemon::eventlog::BackupDone done) const {
    done(core::Error(core::Code::not_found, "a log in memory has no backup"));
}

bool MemoryEventLog::is_gone(const Event& event) const {
    return event.seq < begins_ && !is_kept(event.type.name());
}

LogExtent MemoryEventLog::extent() const {
    const std::lock_guard lock(mutex_);
    LogExtent extent;
    extent.first = begins_;
    extent.head = events_.size();
    if (!extent.empty()) extent.oldest = events_[begins_ - 1].event.recorded;
    if (!events_.empty()) extent.newest = events_.back().event.recorded;
    for (const Stored& stored : events_)
        if (!is_gone(stored.event)) extent.bytes += stored.event.size_bytes();
    extent.clock = kept_clock_;
    return extent;
}

Trimmed MemoryEventLog::trim(const Trim& what) {
    const std::lock_guard lock(mutex_);
    Trimmed trimmed;
    const Seq end = std::min<Seq>({what.before, events_.size() + 1, begins_ + retention_batch});
    for (; begins_ < end; ++begins_)
        if (!is_kept(events_[begins_ - 1].event.type.name())) ++trimmed.events;
    trimmed.first = begins_;
    kept_clock_ = what.clock;
    return trimmed;
}

LogStatus MemoryEventLog::status() const {
    const std::lock_guard lock(mutex_);
    const auto stays = [this](const Stored& stored) { return !is_gone(stored.event); };
    const auto kept =
        std::count_if(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(begins_ - 1), stays);
    return {.epoch = "memory",
            .first = begins_ > events_.size() ? 0U : begins_,
            .head = events_.size(),
            .kept = static_cast<std::uint64_t>(kept),
            .events = static_cast<std::uint64_t>(std::ranges::count_if(events_, stays)),
            .missing = {},
            .path = {},
            .database_bytes = 0,
            .wal_bytes = 0};
}

std::unique_ptr<Watch> MemoryEventLog::watch(std::function<void()> wake) const {
    return watchers_.add(std::move(wake));
}

}  // namespace tocsin::tests
