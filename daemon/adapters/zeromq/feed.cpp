// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/zeromq/feed.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/core/error.hpp"
#include "common/event/json_text.hpp"
#include "daemon/eventlog/damage.hpp"

namespace tocsin::daemon::zeromq {
namespace {

using core::Seq;
using std::chrono::milliseconds;

constexpr std::size_t events_per_page = 256;
constexpr int pages_per_turn = 16;
constexpr int subscriptions_per_turn = 4096;
constexpr int lower_priority = 5;  // as nice(1) counts
constexpr std::string_view head_topic = "tocsin.head";

}  // namespace

Feed::Feed(Context& context, const Endpoint& endpoint, const FeedOptions& options,
           const eventlog::EventLog& log, metrics::Metrics& metrics, const core::Clock& clock)
    : options_(options),
      log_(log),
      metrics_(metrics),
      clock_(clock),
      epoch_(log.status().epoch),
      socket_(context.get(), zmq::socket_type::xpub),
      next_head_(clock.steady()) {
    socket_.set(zmq::sockopt::sndhwm, options_.queue_messages);
    socket_.set(zmq::sockopt::xpub_nodrop, true);
    bind(socket_, endpoint);
    watch_ = log.watch([this] {
        // Either this thread sees the subscriber, or the subscriber's first look at the head sees the commit.
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (has_subscribers_.load(std::memory_order_relaxed)) doorbell_.ring();
    });
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "feed");
}

Feed::~Feed() { stop(); }

void Feed::stop() {
    stopping_ = true;
    doorbell_.ring();
    if (thread_.joinable()) thread_.join();
    watch_.reset();
}

void Feed::run() noexcept {
    // Where processors are short the feed gives way: what is not stored yet is kept by nobody else.
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), lower_priority);
    std::array<zmq::pollitem_t, 2> items{
        {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, doorbell_.descriptor(), ZMQ_POLLIN, 0}}};
    bool last_turn = false;
    while (!last_turn) {
        last_turn = stopping_;
        try {
            if (!last_turn) zmq::poll(items, until_head());
            doorbell_.silence();
            pulse_.answer();
            take_subscriptions();
            publish_new();
            if (clock_.steady() >= next_head_) publish_head();
        } catch (const std::exception& error) {
            spdlog::error("feed: {}", error.what());
            std::this_thread::sleep_for(milliseconds(100));
        }
    }
}

milliseconds Feed::until_head() const {
    const auto left = std::chrono::ceil<milliseconds>(next_head_ - clock_.steady());
    return std::clamp(left, milliseconds(0), options_.head_period);
}

void Feed::take_subscriptions() {
    for (int taken = 0; taken < subscriptions_per_turn; ++taken) {
        if (!receive(socket_, received_)) return;
        const std::string_view message = text(received_.frames.front());
        if (subscriptions_.empty() && Subscriptions::is_new(message)) begin_at_head();
        subscriptions_.take(message);
        if (subscriptions_.empty()) has_subscribers_.store(false, std::memory_order_relaxed);
        metrics_.feed_subscriptions.set(static_cast<std::int64_t>(subscriptions_.size()));
    }
}

/// The first subscriber is here: what was committed before it came is not for it.
void Feed::begin_at_head() {
    has_subscribers_.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    previous_.clear();
    position_ = log_.head();
    for (const event::TypeSummary& type : log_.types())
        if (type.last <= position_) previous_[type.type] = type.last;
}

void Feed::publish_new() {
    for (int page_count = 0; !subscriptions_.empty() && position_ < log_.head(); ++page_count) {
        if (page_count == pages_per_turn) return doorbell_.ring();  // heads and subscriptions have their turn
        const eventlog::Page page = next_page();
        for (const event::Event& event : page.events) publish(event);
        position_ = page.scanned_to;
        take_subscriptions();
    }
}

/// A damaged event stands in nobody's way here: it is reported and passed over, and subscribers see the gap.
eventlog::Page Feed::next_page() {
    const eventlog::Query query{.after = position_, .types = {}, .source = {}, .limit = events_per_page};
    return eventlog::read_past_damage(log_, query, [this](const core::Error& error) {
        spdlog::error("feed: {}", error.what());
        metrics_.last_error.set(clock_.now(), error.what());
        return true;
    });
}

void Feed::publish(const event::Event& event) {
    const auto [previous, is_first] = previous_.try_emplace(event.type.name(), event.seq);
    const std::string before = is_first ? "-" : core::to_text(previous->second);
    previous->second = event.seq;
    json_.clear();
    event::append_json(event, json_);
    const std::string sequence = core::to_text(event.seq);
    send_to_all(std::array<std::string_view, 4>{event.type.name(), sequence, before, json_});
    metrics_.feed_published.add();
}

void Feed::publish_head() {
    next_head_ = clock_.steady() + options_.head_period;
    if (subscriptions_.empty()) return;
    const std::string head = core::to_text(position_);
    const std::string json = "{\"head\":\"" + head + "\",\"epoch\":\"" + epoch_ + "\"}";
    send_to_all(std::array<std::string_view, 4>{head_topic, head, "-", json});
}

/// A full queue makes the strict send fail for everybody; then the others get it and the miss is counted.
/// From then on libzmq leaves that subscriber out in silence until it has read on: a run of misses counts
/// once.
void Feed::send_to_all(std::span<const std::string_view> frames) {
    if (send(socket_, frames) == Sent::yes) return;
    metrics_.feed_overruns.add();
    socket_.set(zmq::sockopt::xpub_nodrop, false);
    send(socket_, frames);
    socket_.set(zmq::sockopt::xpub_nodrop, true);
}

}  // namespace tocsin::daemon::zeromq
