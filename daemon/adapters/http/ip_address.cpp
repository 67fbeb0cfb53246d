// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/ip_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "common/core/error.hpp"
#include "common/core/text.hpp"

namespace tocsin::daemon::http {
namespace {

using core::Code;
using core::Error;

constexpr IpAddress::Bytes v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t v4_prefix_bytes = 12;
constexpr unsigned v4_prefix_bits = 96;

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string terminated(text);
    Bytes bytes = v4_prefix;
    if (inet_pton(AF_INET, terminated.c_str(), &bytes[v4_prefix_bytes]) == 1) return IpAddress(bytes);
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return IpAddress(bytes);
    return std::nullopt;
}

bool IpAddress::is_v4() const noexcept {
    return std::equal(v4_prefix.begin(), v4_prefix.begin() + v4_prefix_bytes, bytes_.begin());
}

bool IpAddress::is_loopback() const noexcept {
    if (is_v4()) return bytes_[v4_prefix_bytes] == 127;
    return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; }) &&
           bytes_[15] == 1;
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4())
        inet_ntop(AF_INET, &bytes_[v4_prefix_bytes], text.data(), text.size());
    else
        inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
    return text.data();
}

Network Network::parse(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto first = IpAddress::parse(text.substr(0, slash));
    if (first) {
        const unsigned offset = first->is_v4() ? v4_prefix_bits : 0;
        if (slash == text.size()) return {*first, 128};
        const auto bits = core::parse_number<unsigned>(text.substr(slash + 1));
        if (bits && *bits + offset <= 128) return {*first, *bits + offset};
    }
    throw Error(Code::invalid, "'" + std::string(text) + "' is no address and no network",
                "write 192.0.2.7, 10.0.0.0/8 or fd00::/8");
}

bool Network::contains(const IpAddress& address) const noexcept {
    const unsigned whole = bits_ / 8;
    const auto& ours = first_.bytes();
    const auto& theirs = address.bytes();
    if (!std::equal(ours.begin(), ours.begin() + whole, theirs.begin())) return false;
    if (bits_ % 8 == 0) return true;
    const unsigned mask = (0xffU << (8 - bits_ % 8)) & 0xffU;
    return ((unsigned{ours[whole]} ^ unsigned{theirs[whole]}) & mask) == 0;
}

std::string Network::text() const {
    const unsigned offset = first_.is_v4() ? v4_prefix_bits : 0;
    return bits_ == 128 ? first_.text() : first_.text() + "/" + std::to_string(bits_ - offset);
}

TcpAddress TcpAddress::parse(std::string_view text) {
    const std::size_t colon = std::min(text.rfind(':'), text.size());
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto ip = IpAddress::parse(host);
    const auto port = core::parse_number<std::uint16_t>(text.substr(std::min(colon + 1, text.size())));
    if (!ip || !port || bracketed == ip->is_v4())
        throw Error(Code::invalid, "'" + std::string(text) + "' is no address with a port",
                    "write \"127.0.0.1:8080\" or \"[::1]:8080\"; port 0 stands for any");
    return {*ip, *port};
}

std::string TcpAddress::text() const {
    return (ip.is_v4() ? ip.text() : "[" + ip.text() + "]") + ":" + std::to_string(port);
}

socklen_t to_socket_address(const TcpAddress& address, sockaddr_storage& out) noexcept {
    const IpAddress::Bytes& bytes = address.ip.bytes();
    if (address.ip.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        std::memcpy(&v4.sin_addr, &bytes[v4_prefix_bytes], sizeof v4.sin_addr);
        std::memcpy(&out, &v4, sizeof v4);
        return sizeof v4;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, bytes.data(), sizeof v6.sin6_addr);
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
}

TcpAddress from_socket_address(const sockaddr_storage& address) noexcept {
    IpAddress::Bytes bytes = v4_prefix;
    if (address.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        std::memcpy(&bytes[v4_prefix_bytes], &v4.sin_addr, sizeof v4.sin_addr);
        return {IpAddress(bytes), ntohs(v4.sin_port)};
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::memcpy(bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    return {IpAddress(bytes), ntohs(v6.sin6_port)};
}

}  // namespace tocsin::daemon::http
