#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP that is wrong, too large, too slow or cut off: each has its own status, and the daemon serves on."""
import contextlib
import time
import unittest

from refusals import JSON, RefusalTest, parse_replies
from tocsin_test import receive_all

KEEP = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
MIB = 1 << 20


def post_head(*lines):
    return b"\r\n".join([b"POST /v1/events HTTP/1.1", b"Host: x", b"Content-Type: application/json", *lines, b"",
                         b""])


class Routes(RefusalTest):
    def test_a_wrong_method_is_405_with_allow(self):
        allowed = {"/v1/events": {"GET", "POST"}, "/v1/events/stream": {"GET"}, "/v1/events/7": {"GET"},
                   "/v1/types": {"GET"},
                   "/v1/status": {"GET"}, "/healthz": {"GET"}, "/readyz": {"GET"}, "/metrics": {"GET"}}
        for path, methods in allowed.items():
            for method in {"DELETE", "PUT", "PATCH", "POST", "OPTIONS", "BREW"} - methods:
                with self.subTest(path=path, method=method):
                    reply = self.daemon.http(method, path)
                    self.assert_problem(reply, 405, "invalid", "method")
                    listed = reply.headers["allow"].split(", ")
                    self.assertEqual(len(listed), len(set(listed)), listed)
                    self.assertLessEqual(methods, set(listed))

    def test_head_is_405_without_a_body(self):
        connection = self.daemon.connect()
        for _ in range(2):
            connection.request("HEAD", "/v1/status")
            reply = connection.getresponse()
            reply.read()
            self.assertEqual((reply.status, reply.getheader("Allow")), (405, "GET"))
        with self.daemon.raw_socket() as sock:
            sock.sendall(b"HEAD /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            head, _, body = receive_all(sock).partition(b"\r\n\r\n")
        self.assertIn(b" 405 ", head)
        self.assertEqual(body, b"")

    def test_an_unknown_path_is_404(self):
        for path in ("/", "/v1", "/v1/", "/v1/events/", "/v1/events/1/2", "/v1/typesx", "/v2/events", "/V1/events",
                     "/v1/../healthz"):
            with self.subTest(path):
                self.assert_problem(self.daemon.http("GET", path), 404, "not_found", path)

    def test_an_unknown_event_is_404(self):
        for sequence in ("9999999999999999", "0", "4711"):
            self.assert_problem(self.daemon.http("GET", "/v1/events/" + sequence), 404, "not_found", sequence)

    def test_a_bad_sequence_is_named(self):
        for sequence in ("x", "-1", "1x", "12345678901234567", "1.0", "%31"):
            with self.subTest(sequence):
                self.assert_problem(self.daemon.http("GET", "/v1/events/" + sequence), 400, "invalid", sequence)

    def test_an_unknown_query_parameter_is_named(self):
        for path in ("/v1/events?colour=red", "/v1/events/stream?colour=red&follow=false", "/v1/types?colour",
                     "/v1/status?colour=",
                     "/v1/events/1?colour=red", "/metrics?colour=red", "/healthz?colour=red", "/readyz?colour=red"):
            with self.subTest(path):
                self.assert_problem(self.daemon.http("GET", path), 400, "invalid", "'colour'")
        self.assert_problem(self.post(b'{"type":"a"}', query="?colour=red"), 400, "invalid", "'colour'")

    def test_bad_query_values_are_named(self):
        bad = {"limit": ("0", "1001", "-1", "x", ""), "order": ("up", ""), "after": ("x", "-1", ""),
               "since": ("yesterday", "", "-1"),
               "until": ("x", "beginnings"), "type": ("a..b", "a.>.b", "*x", "")}
        for name, values in bad.items():
            for value in values:
                with self.subTest(name=name, value=value):
                    reply = self.daemon.http("GET", f"/v1/events?{name}={value}")
                    self.assert_problem(reply, 400, "invalid", "pattern" if name == "type" else name, value[:6])
        for pair in ("last=x", "last=-1", "follow=maybe", "limit=0", "limit=x"):
            with self.subTest(pair):
                reply = self.daemon.http("GET", "/v1/events/stream?follow=false&" + pair if "follow" not in pair else
                                         "/v1/events/stream?" + pair)
                self.assert_problem(reply, 400, "invalid", pair.split("=")[0])

    def test_malformed_escapes_are_named(self):
        for query in ("id=%", "id=%4", "id=%zz", "%=1"):
            with self.subTest(query):
                self.assert_problem(self.daemon.http("GET", "/v1/events?" + query), 400, "invalid", "escape")

    def test_a_bad_last_event_id_is_named(self):
        reply = self.daemon.http("GET", "/v1/events/stream?follow=false", headers={"Last-Event-ID": "abc"})
        self.assert_problem(reply, 400, "invalid", "Last-Event-ID", "abc")


class Framing(RefusalTest):
    def assert_closed_with_400(self, data):
        self.assert_http_fault(self.exchange(data), 400)

    def test_garbage_is_400(self):
        for garbage in (b"\r\n\r\n\r\nhello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 100,
                        b"GET\r\n\r\n",
                        b"GET / HTTP/9.9\r\n\r\n", b"GET /healthz\r\n\r\n",
                        b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
                        b"GET /healthz HTTP/1.1\r\n: x\r\n\r\n", b"GET /healthz HTTP/1.1\r\nA\0: x\r\n\r\n",
                        b"GET /hea lthz HTTP/1.1\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n",
                        b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL" + b"\0" * 48):
            with self.subTest(garbage[:40]):
                self.assert_closed_with_400(garbage)

    def test_a_request_without_host_is_400(self):
        self.assert_closed_with_400(b"GET /healthz HTTP/1.1\r\n\r\n")

    def test_conflicting_lengths_are_400(self):
        body = b'{"type":"a"}'
        for lines in ([b"Content-Length: 12", b"Content-Length: 13"], [b"Content-Length: 12, 13"],
                      [b"Content-Length: -1"],
                      [b"Content-Length: 1x"], [b"Content-Length: 99999999999999999999999"], [b"Content-Length:"],
                      [b"Content-Length: 12", b"Transfer-Encoding: chunked"],
                      [b"Transfer-Encoding: chunked", b"Content-Length: 12"]):
            with self.subTest(lines):
                self.assert_closed_with_400(post_head(*lines) + body)

    def test_a_smuggled_request_is_not_served(self):
        body = b"c\r\n" + b'{"type":"a"}' + b"\r\n0\r\n\r\n"
        replies = self.exchange(post_head(b"Content-Length: 4", b"Transfer-Encoding: chunked") + body + LAST)
        self.assertEqual([reply[0] for reply in replies], [400])

    def test_bad_chunks_are_400(self):
        for chunks in (b"zz\r\n", b"c\r\n" + b'{"type":"a"}' + b"xx0\r\n\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n",
                       b"\r\n"):
            with self.subTest(chunks):
                self.assert_closed_with_400(post_head(b"Transfer-Encoding: chunked") + chunks)

    def test_an_unknown_transfer_encoding_stores_nothing(self):
        replies = self.exchange(post_head(b"Connection: close", b"Transfer-Encoding: gzip") + b'{"type":"a"}')
        self.assertGreaterEqual(replies[0][0], 400)

    def test_oversized_headers_are_431(self):
        for lines in ([b"x: " + b"y" * 33_000], [b"x%d: y" % i for i in range(5_000)]):
            with self.subTest(lines=len(lines)):
                self.assert_http_fault(self.exchange(post_head(*lines)), 431, "32 KiB")
        self.assert_http_fault(self.exchange(b"GET /" + b"x" * 40_000), 431, "32 KiB")

    def test_a_body_over_16_mib_is_413_and_closed(self):
        too_long = str(16 * MIB + 1).encode()
        self.assert_http_fault(self.exchange(post_head(b"Content-Length: " + too_long)), 413, "16 MiB",
                               code="too_large")
        self.assert_http_fault(self.exchange(post_head(b"Content-Length: " + too_long) + b" " * MIB), 413,
                               code="too_large")
        chunk = b"100000\r\n" + b" " * MIB + b"\r\n"
        replies = self.exchange(post_head(b"Transfer-Encoding: chunked") + chunk * 17)
        self.assert_http_fault(replies, 413, "16 MiB", code="too_large")

    def test_a_body_of_16_mib_is_read(self):
        reply = self.post(b" " * (16 * MIB - 12) + b'{"type":"a"}')
        self.assertEqual(reply.status, 200, reply.body)
        self.head = reply.json()["receipts"][0]["sequence"]

    def test_a_cut_off_request_stores_nothing(self):
        whole = post_head(b"Content-Length: 12") + b'{"type":"a"}'
        for size in (1, 10, 40, len(whole) - 12, len(whole) - 1):
            with self.subTest(size):
                for status, _, _ in self.half_closed(whole[:size]):
                    self.assertEqual(status, 400)


class Connections(RefusalTest):
    def test_a_half_closed_client_gets_its_answer(self):
        self.assertEqual([reply[0] for reply in self.half_closed(KEEP)], [200])
        body = b'{"type":"half.closed"}'
        (status, _, answer), = self.half_closed(post_head(b"Content-Length: %d" % len(body)) + body)
        self.assertEqual(status, 200, answer)
        self.head = self.daemon.status()["head"]
        self.assertIn(self.head.encode(), answer)

    def test_pipelined_requests_are_answered_in_order(self):
        bodies = [b'{"type":"in.order","id":"%d"}' % number for number in range(50)]
        requests = b"".join(post_head(b"Content-Length: %d" % len(body)) + body + b"GET /v1/events/%d HTTP/1.1\r\nHost: x\r\n\r\n"
                            % (int(self.head) + 1 + number) for number, body in enumerate(bodies))
        replies = parse_replies(self.daemon.raw(requests))
        self.assertEqual([reply[0] for reply in replies], [200] * 100)
        for number in range(50):
            self.assertIn(b'"id":"%d"' % number, replies[2 * number][2])
            self.assertIn(b'"id":"%d"' % number, replies[2 * number + 1][2])
        self.head = self.daemon.status()["head"]

    def test_a_refusal_leaves_the_connection_usable(self):
        connection = self.daemon.connect()
        for body, status in ((b"{", 400), (b'{"type":"tocsin.x"}', 403), (b"x" * 100, 400)):
            connection.request("POST", "/v1/events", body, {"Content-Type": JSON})
            reply = connection.getresponse()
            reply.read()
            self.assertEqual((reply.status, reply.will_close), (status, False))

    def test_a_client_that_goes_away_before_its_answer_harms_nobody(self):
        body = b'{"type":"gone"}'
        for _ in range(50):
            with self.daemon.raw_socket() as sock:
                sock.sendall(post_head(b"Content-Length: %d" % len(body)) + body)
        self.daemon.emit({"type": "after.them"})
        self.head = self.daemon.status()["head"]


class SlowClients(RefusalTest):
    """Time is what these are about: the limits are short by configuration."""

    config = '[http]\nidle_timeout = "800ms"\nrequest_timeout = "600ms"\n'
    LONGEST = 5  # seconds within which a limit of less than one must act, on a busy machine too

    def wait_for_close(self, sock, drip=None, period=0.1):
        """What comes until the daemon closes, while `drip` is sent each period."""
        start = time.monotonic()
        while time.monotonic() - start < self.LONGEST:
            if drip:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    sock.sendall(drip)
            sock.settimeout(period)
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                first = sock.recv(65536)
                sock.settimeout(self.LONGEST)
                return first and first + receive_all(sock)
        self.fail(f"not closed within {self.LONGEST} s")

    def test_a_slow_header_is_408(self):
        with self.daemon.raw_socket() as sock:
            sock.sendall(b"GET /healthz HTTP/1.1\r\n")
            self.assert_http_fault(parse_replies(self.wait_for_close(sock)), 408, "in time")

    def test_one_header_after_another_is_408(self):
        with self.daemon.raw_socket() as sock:
            sock.sendall(b"GET /healthz HTTP/1.1\r\n")
            self.assert_http_fault(parse_replies(self.wait_for_close(sock, b"x: y\r\n")), 408, "in time")

    def test_a_slow_body_is_408_and_stores_nothing(self):
        for drip in (None, b" "):
            with self.subTest(drip), self.daemon.raw_socket() as sock:
                sock.sendall(post_head(b"Content-Length: 1000") + b'{"type":"a"}')
                self.assert_http_fault(parse_replies(self.wait_for_close(sock, drip)), 408, "in time")

    def test_slow_chunks_are_408(self):
        with self.daemon.raw_socket() as sock:
            sock.sendall(post_head(b"Transfer-Encoding: chunked"))
            self.assert_http_fault(parse_replies(self.wait_for_close(sock, b"1\r\n \r\n")), 408, "in time")

    def test_a_silent_connection_is_closed(self):
        with self.daemon.raw_socket() as sock:
            self.assertEqual(self.wait_for_close(sock), b"")

    def test_a_kept_connection_that_falls_silent_is_closed(self):
        with self.daemon.raw_socket() as sock:
            sock.sendall(KEEP)
            self.assertIn(b"200 OK", sock.recv(65536))
            self.assertEqual(self.wait_for_close(sock), b"")

    def test_others_are_served_while_many_are_slow(self):
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(self.daemon.raw_socket()) for _ in range(200)]
            for sock in slow:
                sock.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\n")
            self.assertEqual(self.daemon.http("GET", "/healthz").status, 200)
            for sock in slow:
                self.assertIn(b" 408 ", self.wait_for_close(sock))

    def test_a_client_that_does_not_read_its_reply_is_closed(self):
        self.daemon.emit(*[{"type": "large", "data": "x" * 100_000} for _ in range(50)])
        self.head = self.daemon.status()["head"]
        with self.daemon.raw_socket() as sock:
            sock.sendall(b"GET /v1/events?type=large&limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n")
            deadline = time.monotonic() + self.LONGEST
            while self.daemon.status()["connections"] > 1:
                self.assertLess(time.monotonic(), deadline, "still open")
                time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
