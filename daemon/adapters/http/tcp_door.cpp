// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/tcp_door.hpp"

#include <algorithm>

#include "common/core/error.hpp"

namespace tocsin::daemon::http {
namespace {

/// Who has one IPv6 address has the 2^64 beside it too.
IpAddress neighbourhood(const IpAddress& address) {
    if (address.is_v4()) return address;
    IpAddress::Bytes bytes = address.bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return IpAddress(bytes);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

core::Error too_many(const std::string& where) {
    return core::Error::unavailable(core::Reason::busy, "too many connections are open" + where,
                                    "close some, or try again");
}

}  // namespace

bool TcpDoor::is_trusted(const IpAddress& address) const noexcept {
    return options_.behind_proxy &&
           std::ranges::any_of(options_.trusted_proxies,
                               [&](const Network& network) { return network.contains(address); });
}

bool TcpDoor::is_limited(const IpAddress& address) const noexcept {
    return !address.is_loopback() && !is_trusted(address);
}

void TcpDoor::enter(const IpAddress& from) {
    if (connections_ >= options_.max_connections) throw too_many("");
    if (is_limited(from)) {
        const IpAddress key = neighbourhood(from);
        const auto found = by_address_.find(key);
        if (found != by_address_.end() && found->second >= options_.max_connections_per_address)
            throw too_many(" from " + from.text());
        ++by_address_[key];
    }
    ++connections_;
}

void TcpDoor::leave(const IpAddress& from) {
    --connections_;
    const auto found = by_address_.find(neighbourhood(from));
    if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
}

IpAddress TcpDoor::client(const IpAddress& peer, std::string_view forwarded_for) const {
    IpAddress client = peer;
    while (is_trusted(client) && !forwarded_for.empty()) {
        const std::size_t comma = forwarded_for.rfind(',');
        const std::size_t start = comma == std::string_view::npos ? 0 : comma + 1;
        const auto before = IpAddress::parse(trimmed(forwarded_for.substr(start)));
        if (!before) break;  // no address: what stands in front of it is nobody's word
        client = *before;
        forwarded_for = forwarded_for.substr(0, start == 0 ? 0 : comma);
    }
    return client;
}

}  // namespace tocsin::daemon::http
