# SPDX-License-Identifier: Apache-2.0
"""What tests of bad input share: one daemon for a class of cases, and what every refusal must look like."""
import contextlib
import json
import re
import socket
import unittest

from tocsin_test import Daemon, emit_frames, receive_all, receive_reply

JSON = "application/json"
LINES = "application/x-ndjson"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


def parse_replies(data):
    """The replies in what came over a connection, as (status, headers, body); names in lower case."""
    replies = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        status_line, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        size = int(headers["content-length"])
        replies.append((int(status_line.split()[1]), headers, rest[:size]))
        data = rest[size:]
    return replies


class RefusalTest(unittest.TestCase):
    """After each case the log must end where it ended before, and the daemon must still store."""

    config = ""

    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon(cls.config))

    def setUp(self):
        self.head = self.daemon.emit({"type": "before"})[0]["sequence"]

    def tearDown(self):
        self.assertEqual(self.daemon.status()["head"], self.head, "something was stored")
        stored = self.daemon.emit({"type": "after"})[0]["sequence"]
        self.assertEqual(int(stored), int(self.head) + 1)
        self.assertIsNone(self.daemon.process.poll())

    def post(self, body, content_type=JSON, query="", **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.daemon.http("POST", "/v1/events" + query, body, {"Content-Type": content_type, **names})

    def assert_problem(self, reply, status, code, *parts, line=None):
        """A problem document with this code; all parts, texts or patterns, are in its detail; a hint is there."""
        self.assertEqual(reply.status, status, reply.body)
        self.assertEqual(reply.headers["content-type"], "application/problem+json")
        problem = reply.json()
        self.assertEqual((problem["status"], problem["code"]), (status, code), problem)
        self.assert_explained(problem, "detail", parts, line)

    def assert_explained(self, refusal, member, parts, line):
        for part in parts:
            if isinstance(part, re.Pattern):
                self.assertRegex(refusal[member], part)
            else:
                self.assertIn(part, refusal[member])
        self.assertTrue(refusal.get("hint"), f"no hint: {refusal}")
        self.assertEqual(refusal.get("line"), line, refusal)

    def assert_invalid(self, body, *parts, line=None, **how):
        self.assert_problem(self.post(body, **how), 400, "invalid", *parts, line=line)

    def intake(self, body, correlation=b"c"):
        """One message on the intake and its reply: code and parsed body."""
        with contextlib.closing(self.daemon.dealer()) as dealer:
            emit_frames(dealer, body, correlation)
            code, returned, reply = receive_reply(dealer)
        self.assertEqual(returned, correlation)
        return code, reply

    def assert_intake_refuses(self, body, code, *parts, line=None):
        found, refusal = self.intake(body)
        self.assertEqual((found, refusal["code"]), (code, code), refusal)
        self.assert_explained(refusal, "message", parts, line)

    def exchange(self, data):
        """Sends bytes, keeps its sending half open and gives the replies until the daemon closes."""
        with self.daemon.raw_socket() as sock:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                sock.sendall(data)
            return parse_replies(receive_all(sock))

    def half_closed(self, data):
        """The same, but with the sending half closed behind the last byte."""
        with self.daemon.raw_socket() as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            return parse_replies(receive_all(sock))

    def assert_http_fault(self, replies, status, *parts, code="invalid"):
        self.assertEqual([reply[0] for reply in replies], [status], replies)
        _, headers, body = replies[0]
        self.assertEqual(headers["content-type"], "application/problem+json")
        self.assertEqual(headers.get("connection"), "close")
        problem = json.loads(body)
        self.assertEqual((problem["status"], problem["code"]), (status, code))
        self.assert_explained(problem, "detail", parts, None)
