// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/own_events.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

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

void report(const eventlog::AppendResult& result, const std::string& type) {
    if (const auto* const error = std::get_if<core::Error>(&result))
        spdlog::warn("{} is not in the log: {}", type, error->what());
}

}  // namespace

OwnEvents::OwnEvents(eventlog::EventLog& log, const core::Clock& clock, Keep keep)
    : log_(log), clock_(clock), keep_(keep) {}

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
    eventlog::Batch batch{.author = {"system", "tocsind"}, .drafts = {}};
    batch.drafts.push_back({.type = event::Topic::trusted(std::string(type)),
                            .source = core::default_source("tocsind"),
                            .id = core::to_text(ids_.next(clock_.now())),
                            .id_origin = event::IdOrigin::minted,
                            .attributes = {},
                            .data = {event::Data::Kind::json, std::move(data)}});
    log_.append(std::move(batch),
                [name = std::string(type)](eventlog::AppendResult&& result) { report(result, name); });
    log_.flush();
}

}  // namespace tocsin::daemon::api
