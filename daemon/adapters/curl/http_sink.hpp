// SPDX-License-Identifier: Apache-2.0
// Delivers by HTTP POST: a CloudEvents webhook with the signatures of Standard Webhooks.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "common/core/clock.hpp"
#include "daemon/adapters/curl/options.hpp"
#include "daemon/adapters/curl/webhook.hpp"
#include "daemon/pipeline/sink.hpp"

namespace tocsin::daemon::curl {

class Channel;
struct Request;

/// `delivered` means a status of 2xx. Several messages of a call go as one request, so they share its fate.
/// Thread rule: any thread, many at a time: each call has a connection of its own while it lasts.
class HttpSink final : public pipeline::Sink {
 public:
    /// Throws `internal` when libcurl can't begin. `hmac` is needed when there are secrets.
    HttpSink(Options options, const core::Clock& clock, Hmac hmac);
    HttpSink(const HttpSink&) = delete;
    HttpSink& operator=(const HttpSink&) = delete;
    ~HttpSink() override;

    pipeline::Delivery deliver(std::span<const pipeline::Message> messages,
                               const pipeline::Occasion& occasion, std::stop_token stop) override;
    /// New connections, and certificates read anew.
    void reopen() override;

 private:
    struct Lease {
        std::unique_ptr<Channel> channel;
        std::uint64_t generation = 0;
    };
    Request request_for(std::span<const pipeline::Message> messages) const;
    Lease borrow();
    void give_back(Lease lease);

    const Options options_;
    const core::Clock& clock_;
    const Hmac hmac_;
    std::mutex mutex_;  // guards what follows
    std::vector<std::unique_ptr<Channel>> idle_;
    std::uint64_t generation_ = 0;  // channels of an earlier one are not kept
};

}  // namespace tocsin::daemon::curl
