// SPDX-License-Identifier: Apache-2.0
// The rules at the TCP door: how many connections there may be, and whose word counts for an address.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/adapters/http/ip_address.hpp"

namespace tocsin::daemon::http {

struct TcpOptions {
    std::optional<TcpAddress> listen;  ///< none: there is no such door
    bool behind_proxy = false;  ///< whoever connects may be a proxy, and the address one of the outside
    std::size_t max_connections = 1024;
    std::size_t max_connections_per_address = 32;
    std::vector<Network> trusted_proxies{Network::parse("127.0.0.1"), Network::parse("::1")};
};

/// Thread rule: one thread.
class TcpDoor {
 public:
    explicit TcpDoor(const TcpOptions& options) : options_(options) {}

    /// Counts a connection. Throws `unavailable` (`busy`) when there are too many, in all or from there; an
    /// IPv6 address counts by its first 64 bits. Loopback and trusted proxies have as many as there are.
    void enter(const IpAddress& from);
    void leave(const IpAddress& from);

    std::size_t connections() const noexcept { return connections_; }

    /// Whom a request comes from: the peer, or when that is a trusted proxy the last address in
    /// `X-Forwarded-For` that is none.
    IpAddress client(const IpAddress& peer, std::string_view forwarded_for) const;

 private:
    bool is_trusted(const IpAddress& address) const noexcept;
    bool is_limited(const IpAddress& address) const noexcept;

    const TcpOptions& options_;
    std::size_t connections_ = 0;
    std::map<IpAddress, std::size_t> by_address_;
};

}  // namespace tocsin::daemon::http
