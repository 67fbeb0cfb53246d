// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/http/tcp_door.hpp"

#include <gtest/gtest.h>

#include "common/core/error.hpp"

namespace tocsin::daemon::http {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(IpAddress, ReadsWhatItWrites) {
    for (const char* text : {"127.0.0.1", "0.0.0.0", "192.0.2.255", "::1", "::", "fd00::1:2"})
        EXPECT_EQ(ip(text).text(), text);
    EXPECT_EQ(ip("::ffff:192.0.2.1").text(), "192.0.2.1") << "one address has one form";
}

TEST(IpAddress, NamesAreNone) {
    for (const char* text :
         {"", "localhost", "127.0.0", "1.2.3.4.5", "256.0.0.1", "::g", "127.0.0.1 ", "[::1]"})
        EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddress, KnowsLoopback) {
    for (const char* text : {"127.0.0.1", "127.255.0.9", "::1"}) EXPECT_TRUE(ip(text).is_loopback()) << text;
    for (const char* text : {"128.0.0.1", "0.0.0.0", "::", "::2", "1::1"})
        EXPECT_FALSE(ip(text).is_loopback()) << text;
}

TEST(Network, ContainsWhatBeginsAlike) {
    EXPECT_TRUE(Network::parse("10.0.0.0/8").contains(ip("10.255.0.1")));
    EXPECT_FALSE(Network::parse("10.0.0.0/8").contains(ip("11.0.0.1")));
    EXPECT_TRUE(Network::parse("192.0.2.128/25").contains(ip("192.0.2.255")));
    EXPECT_FALSE(Network::parse("192.0.2.128/25").contains(ip("192.0.2.127")));
    EXPECT_TRUE(Network::parse("192.0.2.1").contains(ip("192.0.2.1")));
    EXPECT_FALSE(Network::parse("192.0.2.1").contains(ip("192.0.2.0")));
    EXPECT_TRUE(Network::parse("0.0.0.0/0").contains(ip("203.0.113.1")));
    EXPECT_FALSE(Network::parse("0.0.0.0/0").contains(ip("::1"))) << "the other family";
    EXPECT_TRUE(Network::parse("fd00::/7").contains(ip("fc00::1")));
    EXPECT_FALSE(Network::parse("fd00::/8").contains(ip("fc00::1")));
    EXPECT_TRUE(Network::parse("::/0").contains(ip("fd00::1")));
}

TEST(Network, RefusesWhatIsNone) {
    for (const char* text :
         {"", "proxy", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8/8", "/8"})
        EXPECT_THROW(Network::parse(text), core::Error) << text;
}

TEST(TcpAddress, ReadsWhatItWrites) {
    for (const char* text : {"127.0.0.1:0", "0.0.0.0:65535", "[::1]:80"})
        EXPECT_EQ(TcpAddress::parse(text).text(), text);
    for (const char* text : {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
                             "[127.0.0.1]:80", "localhost:80"})
        EXPECT_THROW(TcpAddress::parse(text), core::Error) << text;
}

TEST(TcpAddress, GoesThroughASocketAddress) {
    for (const char* text : {"127.0.0.1:80", "[fd00::1]:8080"}) {
        sockaddr_storage storage{};
        to_socket_address(TcpAddress::parse(text), storage);
        EXPECT_EQ(from_socket_address(storage).text(), text);
    }
}

bool enters(TcpDoor& door, std::string_view from) {
    try {
        door.enter(ip(from));
        return true;
    } catch (const core::Error& error) {
        EXPECT_EQ(error.reason(), core::Reason::busy);
        return false;
    }
}

TEST(TcpDoor, LimitsConnectionsByAddress) {
    TcpOptions options;
    options.max_connections_per_address = 2;
    TcpDoor door(options);
    EXPECT_TRUE(enters(door, "192.0.2.1") && enters(door, "192.0.2.1"));
    EXPECT_FALSE(enters(door, "192.0.2.1"));
    EXPECT_TRUE(enters(door, "192.0.2.2")) << "another one";
    door.leave(ip("192.0.2.1"));
    EXPECT_TRUE(enters(door, "192.0.2.1"));
    EXPECT_EQ(door.connections(), 3U);
}

TEST(TcpDoor, CountsAnIpv6AddressByItsNetwork) {
    TcpOptions options;
    options.max_connections_per_address = 1;
    TcpDoor door(options);
    EXPECT_TRUE(enters(door, "2001:db8:0:1::1"));
    EXPECT_FALSE(enters(door, "2001:db8:0:1:ffff::2"));
    EXPECT_TRUE(enters(door, "2001:db8:0:2::1"));
}

TEST(TcpDoor, LoopbackAndTrustedProxiesAreNotLimitedByAddress) {
    TcpOptions options;
    options.behind_proxy = true;
    options.trusted_proxies = {Network::parse("198.51.100.0/24")};
    options.max_connections_per_address = 1;
    options.max_connections = 5;
    TcpDoor door(options);
    EXPECT_TRUE(enters(door, "127.0.0.1") && enters(door, "127.0.0.1"));
    EXPECT_TRUE(enters(door, "198.51.100.7") && enters(door, "198.51.100.7"));
    EXPECT_TRUE(enters(door, "192.0.2.1"));
    EXPECT_FALSE(enters(door, "127.0.0.1")) << "there are too many in all";
    door.leave(ip("127.0.0.1"));
    EXPECT_TRUE(enters(door, "127.0.0.1"));
}

TEST(TcpDoor, AsksTrustedProxiesOnlyForWhomTheySpeak) {
    TcpOptions options;
    options.behind_proxy = true;
    options.trusted_proxies = {Network::parse("10.0.0.0/8")};
    const TcpDoor door(options);
    const auto client = [&](std::string_view peer, std::string_view header) {
        return door.client(ip(peer), header).text();
    };
    EXPECT_EQ(client("10.0.0.1", ""), "10.0.0.1");
    EXPECT_EQ(client("10.0.0.1", "192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(client("10.0.0.1", "203.0.113.9, 192.0.2.1 , 10.0.0.2"), "192.0.2.1");
    EXPECT_EQ(client("10.0.0.1", "10.0.0.3,10.0.0.2"), "10.0.0.3") << "all of them are proxies";
    EXPECT_EQ(client("10.0.0.1", "192.0.2.1, unknown, 10.0.0.2"), "10.0.0.2") << "the chain is broken there";
    EXPECT_EQ(client("10.0.0.1", "192.0.2.1,"), "10.0.0.1");
    EXPECT_EQ(client("192.0.2.77", "192.0.2.1"), "192.0.2.77") << "anybody may send such a header";
    options.behind_proxy = false;
    EXPECT_EQ(client("10.0.0.1", "192.0.2.1"), "10.0.0.1");
}

}  // namespace
}  // namespace tocsin::daemon::http
