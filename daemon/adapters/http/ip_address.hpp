// SPDX-License-Identifier: Apache-2.0
// Addresses of the Internet, and networks of them. IPv4's are kept in IPv6's form, ::ffff:a.b.c.d.
#pragma once

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::daemon::http {

class IpAddress {
 public:
    using Bytes = std::array<std::uint8_t, 16>;

    explicit IpAddress(const Bytes& bytes) : bytes_(bytes) {}
    /// `127.0.0.1`, `::1`; a name is none.
    static std::optional<IpAddress> parse(std::string_view text);

    bool is_v4() const noexcept;
    bool is_loopback() const noexcept;
    const Bytes& bytes() const noexcept { return bytes_; }
    std::string text() const;
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
    Bytes bytes_;
};

/// Addresses that begin alike.
class Network {
 public:
    /// `10.0.0.0/8`, `fd00::/8`, or one address. Throws `invalid`.
    static Network parse(std::string_view text);

    bool contains(const IpAddress& address) const noexcept;
    std::string text() const;
    friend bool operator==(const Network&, const Network&) = default;

 private:
    Network(const IpAddress& first, unsigned bits) : first_(first), bits_(bits) {}
    IpAddress first_;
    unsigned bits_;  // of all 128
};

/// An address and a port of TCP.
struct TcpAddress {
    IpAddress ip;
    std::uint16_t port = 0;  ///< 0: any

    /// `127.0.0.1:8080`, `[::1]:0`. Throws `invalid`.
    static TcpAddress parse(std::string_view text);
    std::string text() const;
};

/// As the interface of sockets has them; the number of bytes that are used.
socklen_t to_socket_address(const TcpAddress& address, sockaddr_storage& out) noexcept;
TcpAddress from_socket_address(const sockaddr_storage& address) noexcept;

}  // namespace tocsin::daemon::http
