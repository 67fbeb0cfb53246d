#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The API over TCP: tokens in place of users, slow and many connections, proxies."""
import contextlib
import http.client
import json
import os
import socket
import tempfile
import time
import unittest

from tcp_daemon import TcpDaemon, listen, token_row
from tocsin_test import TOCSIND, Daemon, emit_frames, eventually, receive_all, receive_reply, run

CONFIG, IO = 78, 74
DRAFT = '{"type":"some.type"}'


TOKENS = (token_row("all", ["admin"]) + token_row("writer", ["emit:order.>"]) + token_row("reader", ["read:order.>"]) +
          token_row("slow", ["emit"], rate=1))


class TcpTest(unittest.TestCase):
    config = listen() + TOKENS

    def setUp(self):
        self.daemon = self.enterContext(TcpDaemon(self.config))


class Tokens(TcpTest):
    def test_off_unless_configured(self):
        with Daemon() as daemon:
            self.assertEqual([one["name"] for one in daemon.status()["listeners"]], ["api", "intake", "feed"])

    def test_a_token_stands_for_its_owner(self):
        reply = self.daemon.tcp("POST", "/v1/events", "tcs_writer", '{"type":"order.created"}')
        self.assertEqual(reply.status, 200, reply)
        event = self.daemon.events()[0]
        self.assertEqual((event["authtype"], event["authid"]), ("api_key", "writer"))
        self.assertTrue(event["source"].endswith("/writer"), event["source"])

    def test_without_a_token(self):
        for path in ("/v1/events", "/v1/status", "/metrics", "/v1/events/stream?follow=false"):
            reply = self.daemon.tcp("GET", path)
            self.assertEqual((reply.status, reply.json()["code"]), (401, "denied"), path)
            self.assertEqual(reply.headers["www-authenticate"], "Bearer")
            self.assertTrue(reply.json()["hint"])

    def test_with_a_wrong_token(self):
        for token in ("tcs_other", "tcs_al", "tcs_alle", "TCS_ALL"):
            reply = self.daemon.tcp("GET", "/v1/status", token)
            self.assertEqual(reply.status, 401, token)
            self.assertEqual(reply.headers["www-authenticate"], 'Bearer error="invalid_token"')
        for none in ("Basic dGNzX2FsbA==", "Bearer", "Bearer "):
            reply = self.daemon.tcp("GET", "/v1/status", headers={"Authorization": none})
            self.assertEqual((reply.status, reply.headers["www-authenticate"]), (401, "Bearer"), none)

    def test_the_scheme_may_be_written_in_any_case(self):
        self.assertEqual(self.daemon.tcp("GET", "/v1/status", headers={"Authorization": "bEARER tcs_all"}).status, 200)

    def test_a_token_that_lacks_the_right(self):
        for token, method, path, body in (("writer", "GET", "/v1/events", None), ("reader", "POST", "/v1/events", DRAFT),
                                          ("writer", "POST", "/v1/events", DRAFT), ("reader", "GET", "/metrics", None)):
            reply = self.daemon.tcp(method, path, f"tcs_{token}", body)
            self.assertEqual((reply.status, reply.json()["code"]), (403, "denied"))
            self.assertIn(f"token '{token}'", reply.json()["detail"])
            self.assertNotIn("www-authenticate", reply.headers)

    def test_health_is_open(self):
        for path in ("/healthz", "/readyz"):
            for token in (None, "tcs_other", "tcs_all"):
                self.assertEqual(self.daemon.tcp("GET", path, token).status, 200)

    def test_a_limited_reader_reads_its_types_only(self):
        self.daemon.emit({"type": "order.created"}, {"type": "secret"})
        self.assertEqual([event["type"] for event in self.daemon.tcp("GET", "/v1/events", "tcs_reader").json()["events"]],
                         ["order.created"])
        lines = self.daemon.tcp("GET", "/v1/events/stream?since=1&follow=false", "tcs_reader").body.splitlines()
        self.assertEqual([json.loads(line)["type"] for line in lines], ["order.created"])

    def test_rate(self):
        self.assertEqual(self.daemon.tcp("POST", "/v1/events", "tcs_slow", json.dumps([json.loads(DRAFT)] * 50)).status, 200)
        reply = self.daemon.tcp("POST", "/v1/events", "tcs_slow", DRAFT)
        self.assertEqual((reply.status, reply.json()["reason"]), (429, "rate"))
        self.assertGreater(int(reply.headers["retry-after"]), 1)

    def test_each_request_of_a_connection_brings_its_own(self):
        connection = http.client.HTTPConnection(*self.daemon.address, timeout=30)
        with contextlib.closing(connection):
            for token, status in (("all", 200), ("reader", 403), (None, 401), ("all", 200)):
                connection.request("GET", "/v1/status", headers={"Authorization": f"Bearer tcs_{token}"} if token else {})
                reply = connection.getresponse()
                reply.read()
                self.assertEqual(reply.status, status)

    def test_a_strangers_body_is_not_awaited(self):
        head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 16000000\r\n"
        for more in (b"", b"Authorization: Bearer nonsense\r\n", b"Expect: 100-continue\r\n"):
            with self.daemon.tcp_socket() as sock:
                sock.sendall(head + more + b"\r\n[")
                self.assertTrue(receive_all(sock).startswith(b"HTTP/1.1 401 "), more)

    def test_a_known_clients_body_is(self):
        with self.daemon.tcp_socket() as sock:
            sock.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                         b"Authorization: Bearer tcs_all\r\nExpect: 100-continue\r\n\r\n" % len(DRAFT))
            self.assertIn(b" 100 ", sock.recv(1000))
            sock.sendall(DRAFT.encode())
            self.assertIn(b" 200 ", sock.recv(1000))

    def test_the_local_socket_goes_by_the_user(self):
        reply = self.daemon.http("GET", "/v1/status", headers={"Authorization": "Bearer nonsense"})
        self.assertEqual(reply.status, 200)

    def test_refusals_are_told_without_the_token(self):
        self.daemon.tcp("GET", "/v1/status", "tcs_guess")
        self.daemon.tcp("GET", "/v1/status", "tcs_writer")
        lines = self.daemon.refusals()
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("the token is not known here (GET /v1/status, door tcp, 127.0.0.1)", lines[0])
        self.assertIn("token 'writer'", lines[1])
        self.assertNotIn("guess", self.daemon.log)
        text = self.daemon.http("GET", "/metrics").body.decode()
        self.assertIn('tocsin_access_refusals_total{door="tcp",cause="token"} 1', text)
        self.assertIn('tocsin_access_refusals_total{door="tcp",cause="denied"} 1', text)

    @unittest.skipUnless(os.path.exists("/proc/net/if_inet6"), "there is no IPv6 here")
    def test_ipv6(self):
        with TcpDaemon(listen("[::1]:0") + TOKENS) as daemon:
            self.assertEqual(daemon.tcp("GET", "/v1/status", "tcs_all").status, 200)

    def test_a_port_that_is_taken_ends_the_start(self):
        with self.assertRaises(AssertionError) as caught, Daemon(listen("127.0.0.1:%d" % self.daemon.address[1])):
            pass
        self.assertIn(f"status {IO}", str(caught.exception))
        self.assertIn("127.0.0.1:%d" % self.daemon.address[1], str(caught.exception))


class SlowClients(TcpTest):
    """Fault 20: connections that drip, many of them."""

    config = listen() + TOKENS + '[http]\nidle_timeout = "900ms"\nrequest_timeout = "700ms"\n'
    COUNT = 80

    def test_they_are_closed_in_time_and_others_served(self):
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(self.daemon.tcp_socket()) for _ in range(self.COUNT)]
            for number, sock in enumerate(slow):
                sock.sendall(b"POST /v1/events HTTP/1.1\r\n" if number % 2 else b"G")
            dealer = self.daemon.dealer()
            closed = set()
            deadline = time.monotonic() + 20
            while len(closed) < self.COUNT:
                self.assertLess(time.monotonic(), deadline, f"{self.COUNT - len(closed)} are still open")
                self.assertEqual(self.daemon.http("GET", "/metrics").status, 200)
                emit_frames(dealer, {"type": "meanwhile"})
                self.assertEqual(receive_reply(dealer)[0], "ok")
                for number, sock in enumerate(slow):
                    if number not in closed and self.drip(sock, b"x: y\r\n" if number % 2 else b"E"):
                        closed.add(number)
        eventually(lambda: self.daemon.status()["connections"] == 1, "all are gone")

    @staticmethod
    def drip(sock, data):
        """Sends a little; true when the other side has closed."""
        sock.settimeout(0.001)
        try:
            sock.sendall(data)
            return sock.recv(1000) == b"" or receive_all(sock) is not None
        except TimeoutError:
            return False
        except OSError:
            return True

    def test_a_silent_one_is_closed(self):
        with self.daemon.tcp_socket() as sock:
            self.assertEqual(receive_all(sock), b"")


def outer_address():
    """An address of this host that is not loopback; nothing when there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.254", 9))  # sends nothing: it only asks the routing table
            address = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


@unittest.skipUnless(outer_address(), "this host has no address but loopback")
class ManyConnections(TcpTest):
    config = listen("0.0.0.0:0", behind_proxy=True, max_connections_per_address=5) + TOKENS

    def connect(self, stack, host):
        return stack.enter_context(self.daemon.tcp_socket(host=host))

    def is_served(self, sock):
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        return sock.recv(1000).startswith(b"HTTP/1.1 200")

    def test_one_address_has_so_many_and_others_are_served(self):
        with contextlib.ExitStack() as stack:
            first = [self.connect(stack, outer_address()) for _ in range(5)]
            self.assertTrue(all(map(self.is_served, first)))
            more = receive_all(self.connect(stack, outer_address()))
            self.assertTrue(more.startswith(b"HTTP/1.1 503 "), more)
            self.assertIn(b"Retry-After", more)
            for _ in range(20):
                self.assertTrue(self.is_served(self.connect(stack, "127.0.0.1")))
            self.assertEqual(self.daemon.http("GET", "/healthz").status, 200)
            self.assertIn(f"door tcp, {outer_address()}", self.daemon.refusals()[0])
            first.pop().close()
            eventually(lambda: self.is_admitted(), "the place of the one that is gone")

    def is_admitted(self):
        with self.daemon.tcp_socket(host=outer_address()) as sock, contextlib.suppress(OSError):
            return self.is_served(sock)


class ManyInAll(TcpTest):
    config = listen(max_connections=10) + TOKENS

    def test_the_local_socket_has_its_own(self):
        with contextlib.ExitStack() as stack:
            for _ in range(10):
                stack.enter_context(self.daemon.tcp_socket())
            eventually(lambda: self.daemon.status()["connections"] == 11, "all are there")
            with self.daemon.tcp_socket() as sock:
                self.assertTrue(receive_all(sock).startswith(b"HTTP/1.1 503 "))
            for path in ("/v1/status", "/metrics"):
                self.assertEqual(self.daemon.http("GET", path).status, 200)


class Proxies(TcpTest):
    def told(self, config, forwarded_for):
        with TcpDaemon(config + TOKENS) as daemon:
            daemon.tcp("GET", "/v1/status", headers={"X-Forwarded-For": forwarded_for})
            return daemon.refusals()[0]

    def test_a_trusted_proxy_tells_whose_request_it_is(self):
        behind = listen(behind_proxy=True)
        self.assertIn("door tcp, 198.51.100.7)", self.told(behind, "203.0.113.1, 198.51.100.7"))
        self.assertIn("door tcp, 198.51.100.7)", self.told(behind, "198.51.100.7, 127.0.0.1"))
        self.assertIn("door tcp, 127.0.0.1)", self.told(behind, "nonsense\t\"quoted\""))
        trusting = listen(behind_proxy=True, trusted_proxies=["127.0.0.0/8", "198.51.100.0/24"])
        self.assertIn("door tcp, 203.0.113.1)", self.told(trusting, "10.0.0.1, 203.0.113.1, 198.51.100.7"))

    def test_anybody_else_does_not(self):
        self.assertIn("door tcp, 127.0.0.1)", self.told(listen(), "198.51.100.7"))
        other = listen(behind_proxy=True, trusted_proxies=["198.51.100.0/24"])
        self.assertIn("door tcp, 127.0.0.1)", self.told(other, "198.51.100.7"))


class Mistakes(unittest.TestCase):
    def check(self, config):
        with tempfile.TemporaryDirectory(prefix="t-") as folder:
            path = os.path.join(folder, "tocsin.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config)
            return run(TOCSIND, "--config", path, "--check")

    def assert_mistake(self, config, line, *parts):
        ran = self.check(config)
        self.assertEqual(ran.status, CONFIG, ran)
        self.assertRegex(ran.err, rf":{line}:\d+: ")
        for part in parts:
            self.assertIn(part, ran.err)

    def test_an_outer_address_needs_a_proxy(self):
        for address in ("0.0.0.0:80", "192.0.2.1:80", "[::]:80"):
            self.assert_mistake(listen(address), 2, "behind_proxy")
            self.assertEqual(self.check(listen(address, behind_proxy=True)).status, 0)
        for address in ("127.0.0.1:80", "127.3.2.1:0", "[::1]:80"):
            self.assertEqual(self.check(listen(address)).status, 0)

    def test_addresses(self):
        for address in ("localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[127.0.0.1]:80", ":80", ""):
            self.assert_mistake(listen(address), 2, "127.0.0.1:8080")
        self.assert_mistake(listen(behind_proxy=True, trusted_proxies=["127.0.0.1", "proxy"]), 4, "'proxy'")
        self.assert_mistake(listen(behind_proxy=True, trusted_proxies=["10.0.0.0/33"]), 4, "10.0.0.0/33")

    def test_tokens(self):
        good = {"name": "ci", "sha256": "0" * 64, "allow": ["emit"]}
        for change, line, part in (({"name": "a b"}, 2, "'a b'"), ({"name": ""}, 2, "64 letters"), ({"sha256": "0" * 63}, 3, "64"),
                                   ({"sha256": "g" * 64}, 3, "64"), ({"allow": ["all"]}, 4, "'all'")):
            keys = {**good, **change}
            self.assert_mistake("[[token]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()),
                                line, part)

    def test_a_token_has_a_name_and_a_digest_of_its_own(self):
        self.assert_mistake(token_row("a", ["emit"]) + token_row("a", ["read"]), 5, "'a'")
        same = token_row("a", ["emit"]) + token_row("a", ["emit"]).replace('"a"', '"b"')
        self.assert_mistake(same, 5, "'a'", "'b'")


if __name__ == "__main__":
    unittest.main()
