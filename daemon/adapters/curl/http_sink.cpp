// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/curl/http_sink.hpp"

#include <utility>

#include "daemon/adapters/curl/answer.hpp"
#include "daemon/adapters/curl/channel.hpp"
#include "daemon/adapters/curl/request.hpp"

namespace tocsin::daemon::curl {

using pipeline::Delivery;
using pipeline::Message;

HttpSink::HttpSink(Options options, const core::Clock& clock, Hmac hmac)
    : options_(std::move(options)), clock_(clock), hmac_(std::move(hmac)) {
    idle_.push_back(std::make_unique<Channel>(options_));
}

HttpSink::~HttpSink() = default;

Delivery HttpSink::deliver(std::span<const Message> messages, const pipeline::Occasion&,
                           std::stop_token stop) {
    if (messages.empty()) return {};
    const Request request = request_for(messages);
    Lease lease = borrow();
    Answer answer = lease.channel->post(request, stop);
    give_back(std::move(lease));
    return delivery_of(std::move(answer), clock_.now());
}

void HttpSink::reopen() {
    std::vector<std::unique_ptr<Channel>> old;  // closed when the mutex is free again
    const std::lock_guard lock(mutex_);
    ++generation_;
    old.swap(idle_);
}

Request HttpSink::request_for(std::span<const Message> messages) const {
    Request request = request_of(messages, options_.mode);
    for (const auto& [name, value] : options_.headers) request.add(name, value);
    // a client chose it: it may hold what a header can't; what is signed is what is sent
    const std::string id = header_value(messages.front().id);
    const core::Timestamp now = clock_.now();
    request.add("webhook-id", id);
    request.add("webhook-timestamp", unix_seconds(now));
    if (!options_.secrets.empty())
        request.add("webhook-signature", signatures(id, now, request.body, options_.secrets, hmac_));
    return request;
}

HttpSink::Lease HttpSink::borrow() {
    std::unique_lock lock(mutex_);
    Lease lease{nullptr, generation_};
    if (!idle_.empty()) {
        lease.channel =
            std::move(idle_.back());  // the one used last: its connection is the likeliest to live
        idle_.pop_back();
        return lease;
    }
    lock.unlock();
    lease.channel = std::make_unique<Channel>(options_);
    return lease;
}

void HttpSink::give_back(Lease lease) {
    const std::lock_guard lock(mutex_);
    if (lease.generation == generation_) idle_.push_back(std::move(lease.channel));
}

}  // namespace tocsin::daemon::curl
