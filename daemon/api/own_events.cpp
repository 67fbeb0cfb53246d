// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/own_events.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <deque>
#include <mutex>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/paths.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::daemon::api {
namespace {

/// The members of a JSON object, in the order in which they are added.
class Members {
 public:
    Members& add(std::string_view name, std::string_view text) {
        open(name);
        event::append_json_string(text, json_);
        return *this;
    }
    Members& add(std::string_view name, std::int64_t number) {
        open(name);
        json_ += std::to_string(number);
        return *this;
    }
    Members& add(std::string_view name, std::span<const std::string> texts) {
        open(name);
        json_ += '[';
        for (const std::string& text : texts) {
            if (&text != texts.data()) json_ += ',';
            event::append_json_string(text, json_);
        }
        json_ += ']';
        return *this;
    }
    std::string object() const { return json_ + "}"; }

 private:
    void open(std::string_view name) {
        if (json_.size() > 1) json_ += ',';
        event::append_json_string(name, json_);
        json_ += ':';
    }
    std::string json_ = "{";
};

}  // namespace

/// What the log had no room for.
struct OwnEvents::Waiting {
    std::mutex mutex;                 // guards what follows
    std::deque<event::Draft> drafts;  // in their order

    void take(event::Draft draft, const core::Error& error) {
        if (error.reason() != core::Reason::store_full)
            return spdlog::warn("{} is not in the log: {}", draft.type.name(), error.what());
        const std::lock_guard lock(mutex);
        if (drafts.size() == most_waiting) drafts.pop_front();
        drafts.push_back(std::move(draft));
    }
};

OwnEvents::OwnEvents(eventlog::EventLog& log, const core::Clock& clock, Keep keep)
    : log_(log), clock_(clock), keep_(keep), waiting_(std::make_shared<Waiting>()) {}

void OwnEvents::started(std::string_view version) {
    append("tocsin.daemon.started", Members()
                                        .add("version", version)
                                        .add("pid", getpid())
                                        .add("epoch", log_.status().epoch)
                                        .add("head", core::to_text(log_.head()))
                                        .object());
}

void OwnEvents::stopped(std::string_view reason) {
    append("tocsin.daemon.stopped", Members().add("reason", reason).object());
}

void OwnEvents::reloaded(std::span<const std::string> changed) {
    append("tocsin.daemon.reloaded", Members().add("changed", changed).object());
}

void OwnEvents::refused(const Refusal& refusal) {
    append("tocsin.daemon.refused", Members()
                                        .add("who", refusal.who.name)
                                        .add("cause", name_of(refusal.cause))
                                        .add("what", refusal.what)
                                        .add("door", name_of(refusal.visit.door))
                                        .add("origin", refusal.visit.origin())
                                        .add("message", refusal.error.what())
                                        .add("left_out", static_cast<std::int64_t>(refusal.left_out))
                                        .object());
}

void OwnEvents::pipeline(const pipeline::Notice& notice) {
    Members members;
    members.add("pipeline", notice.pipeline);
    if (!notice.reason.empty()) members.add("reason", notice.reason);
    if (notice.count > 0)
        members.add("first", core::to_text(notice.range.first))
            .add("last", core::to_text(notice.range.last))
            .add("count", static_cast<std::int64_t>(notice.count));
    append("tocsin.pipeline." + std::string(name_of(notice.what)), members.object());
}

void OwnEvents::append(std::string_view type, std::string data) {
    if (keep_ == Keep::no) return;
    event::Draft draft{.type = event::Topic::trusted(std::string(type)),
                       .source = core::default_source("tocsind"),
                       .id = core::to_text(ids_.next(clock_.now())),
                       .id_origin = event::IdOrigin::minted,
                       .attributes = {},
                       .data = {event::Data::Kind::json, std::move(data)}};
    draft.attributes.add("time", core::to_rfc3339(clock_.now()));  // it may be stored later
    append(std::move(draft));
}

void OwnEvents::append(event::Draft draft) {
    eventlog::Batch batch{.author = {"system", "tocsind"}, .drafts = {draft}};
    log_.append(std::move(batch),
                [waiting = waiting_, kept = std::move(draft)](eventlog::AppendResult&& result) mutable {
                    if (const auto* const error = std::get_if<core::Error>(&result))
                        waiting->take(std::move(kept), *error);
                });
    log_.flush();
}

void OwnEvents::retry() {
    std::deque<event::Draft> drafts;
    {
        const std::lock_guard lock(waiting_->mutex);
        drafts.swap(waiting_->drafts);
    }
    for (event::Draft& draft : drafts) append(std::move(draft));
}

}  // namespace tocsin::daemon::api
