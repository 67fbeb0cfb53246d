#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ZeroMQ messages that are no emit, and connections that speak no ZeroMQ: refused or closed, others are served."""
import contextlib
import json
import os
import struct
import time
import unittest

import zmq

from refusals import RefusalTest
from tocsin_test import eventually, feed_events, receive_all, receive_reply, unix_socket

GOOD = b'{"type":"good"}'
MIB = 1 << 20
HANDSHAKE_SECONDS = 2  # fixed in the daemon
READY = b"\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x06DEALER"  # ZMTP 3.0, section 3.4
GREETING = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL" + b"\0" * 48


class Frames(RefusalTest):
    def setUp(self):
        super().setUp()
        self.dealer = self.enterContext(contextlib.closing(self.daemon.dealer()))

    def assert_refused(self, *frames, parts=(), correlation=b""):
        self.dealer.send_multipart(frames)
        code, returned, refusal = receive_reply(self.dealer)
        self.assertEqual((code, refusal["code"]), ("invalid", "invalid"))
        self.assertEqual(returned, correlation)
        self.assert_explained(refusal, "message", parts, refusal.get("line"))

    def test_wrong_numbers_of_frames_are_refused(self):
        for frames in ((b"",), (b"", b"emit"), (b"", b"emit", b""), (b"", b"emit", b"", GOOD, b""), (GOOD,),
                       (b"emit", b"", GOOD),
                       (b"", b"emit", b"", GOOD, GOOD, GOOD)):
            with self.subTest(frames):
                self.assert_refused(*frames, parts=(f"{len(frames)} frames",))

    def test_very_many_frames_are_refused(self):
        self.assert_refused(*[b"x"] * 10_000, parts=("10000 frames",))

    def test_empty_frames_are_refused(self):
        self.assert_refused(b"", b"", b"", b"")
        self.assert_refused(b"", b"emit", b"c", b"", parts=("no event",), correlation=b"c")
        self.assert_refused(b"", b"emit", b"c", b"\n \n", parts=("no event",), correlation=b"c")

    def test_garbage_frames_are_refused(self):
        for frames in ((os.urandom(8), os.urandom(8), os.urandom(8), os.urandom(100)), (b"", b"EMIT", b"", GOOD),
                       (b"", b"emit ", b"", GOOD), (b"", b"\0" * 4, b"", GOOD), (b"x", b"emit", b"", GOOD)):
            with self.subTest(frames):
                self.assert_refused(*frames)

    def test_a_garbage_body_is_refused(self):
        for body in (os.urandom(1000), b"\0" * 1000, b"\xff" * 1000, b"[" * 10_000, b"x" * MIB):
            with self.subTest(body[:20]):
                self.assert_refused(b"", b"emit", b"c", body, correlation=b"c")

    def test_a_correlation_over_32_bytes_is_refused(self):
        for size in (33, 1000, MIB):
            with self.subTest(size):
                self.assert_refused(b"", b"emit", b"c" * size, GOOD, parts=("correlation",))

    def test_a_correlation_comes_back_as_it_was(self):
        for correlation in (b"", b"c" * 32, bytes(range(32)), b"\xff"):
            self.dealer.send_multipart([b"", b"emit", correlation, GOOD])
            code, returned, answer = receive_reply(self.dealer)
            self.assertEqual((code, returned), ("ok", correlation))
            self.head = answer["receipts"][0]["sequence"]

    def test_a_bad_message_leaves_the_connection_usable(self):
        self.assert_refused(b"x")
        self.dealer.send_multipart([b"", b"emit", b"1", GOOD])
        code, _, answer = receive_reply(self.dealer)
        self.assertEqual(code, "ok")
        self.head = answer["receipts"][0]["sequence"]

    def test_bad_messages_between_good_ones_delay_none(self):
        for number in range(200):
            body = GOOD if number % 2 else b"{"
            self.dealer.send_multipart([b"", b"emit", str(number).encode(), body])
        replies = dict((int(returned), code) for code, returned,
                       _ in (receive_reply(self.dealer) for _ in range(200)))
        self.assertEqual(replies, {number: "ok" if number % 2 else "invalid" for number in range(200)})
        self.head = self.daemon.status()["head"]

    def test_a_message_over_16_mib_ends_its_connection_only(self):
        with unix_socket(self.daemon.intake) as raw:
            raw.sendall(GREETING + READY)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may be closed already
                raw.sendall(b"\1\0" + b"\1\4emit" + b"\1\0" + b"\2" + struct.pack(">Q", 16 * MIB + 1) + b"x" * 1000)
            receive_all(raw)  # the end of the stream: the daemon closed it
        with contextlib.closing(self.daemon.dealer()) as large:
            large.send_multipart([b"", b"emit", b"large", b" " * (16 * MIB + 1)])
            for _ in range(10):
                self.dealer.send_multipart([b"", b"emit", b"", GOOD])
                self.assertEqual(receive_reply(self.dealer)[0], "ok")
        self.head = self.daemon.status()["head"]

    def test_a_message_of_16_mib_is_read(self):
        self.dealer.send_multipart([b"", b"emit", b"", b"\n" * (16 * MIB - len(GOOD)) + GOOD])
        code, _, answer = receive_reply(self.dealer)
        self.assertEqual(code, "ok")
        self.head = answer["receipts"][0]["sequence"]

    def test_a_client_that_never_reads_its_replies_harms_nobody(self):
        with contextlib.closing(self.daemon.dealer()) as deaf:
            deaf.setsockopt(zmq.RCVHWM, 1)
            for _ in range(20_000):
                deaf.send_multipart([b"", b"emit", b"", b"{"])
            self.dealer.send_multipart([b"", b"emit", b"", GOOD])
            self.assertEqual(receive_reply(self.dealer)[0], "ok")
        self.head = self.daemon.status()["head"]


class Subscribers(RefusalTest):
    def test_garbage_sent_to_the_feed_harms_nobody(self):
        subscriber = self.enterContext(contextlib.closing(self.daemon.subscriber()))
        with contextlib.closing(self.daemon._zmq_socket(zmq.XSUB, self.daemon.feed)) as rude:
            for message in (b"", b"\2", b"\xff" * 100, os.urandom(1000), b"\0never", b"\1" + b"x" * 1000,
                            b"\1" * 300):
                rude.send(message)
            rude.send_multipart([b"\1a", b"b", b"c"])
            self.daemon.emit({"type": "after.garbage"})
            self.assertEqual(feed_events(subscriber, 1)[0][0], "after.garbage")
        self.head = self.daemon.status()["head"]

    def test_subscriptions_are_forgotten_with_their_subscriber(self):
        before = self.daemon.status()["subscriptions"]
        with contextlib.closing(self.daemon.subscriber(*[f"topic.{number}" for number in range(500)])):
            self.assertGreaterEqual(self.daemon.status()["subscriptions"], 500)
        eventually(lambda: self.daemon.status()["subscriptions"] <= before, "the topics are gone")


class RawConnections(RefusalTest):
    """What connects to the ZeroMQ sockets and does not finish the handshake."""

    def assert_closed_at_the_deadline(self, beginning):
        for path in (self.daemon.intake, self.daemon.feed):
            with self.subTest(path=os.path.basename(path), beginning=beginning[:12]), unix_socket(path) as sock:
                start = time.monotonic()
                sock.sendall(beginning)
                receive_all(sock)
                self.assertLess(time.monotonic() - start, HANDSHAKE_SECONDS + 3)

    def test_silent_connections_are_closed(self):
        self.assert_closed_at_the_deadline(b"")

    def test_half_a_greeting_is_closed(self):
        self.assert_closed_at_the_deadline(GREETING[:10])

    def test_a_greeting_without_the_rest_is_closed(self):
        self.assert_closed_at_the_deadline(GREETING)

    def test_garbage_is_closed(self):
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(64), b"\0" * 64, GREETING + os.urandom(200),
                        GREETING[:12] + b"CURVE"):
            self.assert_closed_at_the_deadline(garbage)

    def test_500_of_them_are_closed_while_others_are_served(self):
        with contextlib.ExitStack() as stack:
            silent = [stack.enter_context(unix_socket(path, timeout=None))  # waits where the backlog is full
                      for path in (self.daemon.intake, self.daemon.feed) for _ in range(250)]
            for sock in silent[::2]:
                sock.sendall(GREETING)
            code, answer = self.intake(GOOD)
            self.assertEqual(code, "ok")
            self.head = answer["receipts"][0]["sequence"]
            start = time.monotonic()
            for sock in silent:
                receive_all(sock)
            self.assertLess(time.monotonic() - start, HANDSHAKE_SECONDS + 8)
        self.assertEqual(json.loads(self.daemon.http("GET", "/v1/events/" + self.head).body)["type"], "good")


if __name__ == "__main__":
    unittest.main()
