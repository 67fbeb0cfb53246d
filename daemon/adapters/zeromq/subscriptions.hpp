// SPDX-License-Identifier: Apache-2.0
// Which topics an XPUB's peers have asked for.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace tocsin::daemon::zeromq {

/// An XPUB receives subscriptions as messages: a byte 1 (on) or 0 (off), then the topic. It passes on only a
/// topic's first one and its last. Thread rule: that of its socket.
class Subscriptions {
 public:
    static bool is_new(std::string_view message) { return message.starts_with('\1'); }

    void take(std::string_view message) {
        if (is_new(message)) topics_.emplace(message.substr(1));
        if (message.starts_with('\0')) topics_.erase(std::string(message.substr(1)));
    }

    bool empty() const noexcept { return topics_.empty(); }
    std::size_t size() const noexcept { return topics_.size(); }

 private:
    std::set<std::string> topics_;
};

}  // namespace tocsin::daemon::zeromq
