#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""At its limits the daemon sheds or refuses, keeps serving those it has, and takes new clients when there is room again."""
import contextlib
import http.client
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
import unittest

import zmq

from tocsin_test import Daemon, emit_frames, eventually, feed_events, receive_all, receive_reply, unix_socket

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
EMIT = """
import socket, sys
sock = socket.socket(socket.AF_UNIX)
sock.settimeout(10)
sock.connect(sys.argv[1])
sock.sendall(b"POST /v1/events HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Type: application/json\\r\\n"
             b"Content-Length: 16\\r\\n\\r\\n" b'{"type":"short"}')
sock.recv(65536)
"""


MEMORY_FACTOR = 4 if os.environ.get("TOCSIN_SANITIZER") else 1  # for their shadows


def serves(daemon):
    with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
        return bool(daemon.emit({"type": "again"}))
    return False


def resident_bytes(daemon):
    with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) * 1024


class MaxConnections(unittest.TestCase):
    limit = 5

    def setUp(self):
        self.daemon = self.enterContext(Daemon(f"[http]\nmax_connections = {self.limit}\n"))

    def test_more_are_refused_with_503_and_closed(self):
        with contextlib.ExitStack() as stack:
            held = [eventually(lambda: self.hold(stack), "there is room") for _ in range(self.limit)]
            for _ in range(20):
                with self.daemon.raw_socket() as extra:
                    head, _, body = receive_all(extra).partition(b"\r\n\r\n")
                    self.assertTrue(head.startswith(b"HTTP/1.1 503 "), head)
                    for header in (b"\r\nConnection: close", b"\r\nRetry-After: ",
                                   b"\r\nContent-Type: application/problem+json"):
                        self.assertIn(header, head)
                    problem = json.loads(body)
                    self.assertEqual((problem["code"], problem["reason"]), ("unavailable", "busy"))
                    self.assertTrue(problem["hint"])
            ran = self.daemon.cli("emit", "a")
            self.assertEqual(ran.status, 75, ran)
            held[0].sendall(HEALTH)
            self.assertIn(b"200 OK", held[0].recv(65536))
        eventually(lambda: serves(self.daemon), "the daemon serves again")
        self.assertGreaterEqual(self.daemon.metric("tocsin_http_connections_refused_total"), 20)

    def hold(self, stack):
        """A connection that the daemon has taken: a reply shows it."""
        sock = stack.enter_context(self.daemon.raw_socket())
        with contextlib.suppress(OSError):
            sock.sendall(HEALTH)
            if b"200 OK" in sock.recv(65536):
                return sock
        return None

    def test_the_intake_is_not_affected(self):
        with contextlib.ExitStack() as stack:
            for _ in range(self.limit):
                stack.enter_context(self.daemon.raw_socket())
            dealer = self.daemon.dealer()
            emit_frames(dealer, {"type": "a"})
            self.assertEqual(receive_reply(dealer)[0], "ok")


def is_closed(sock):
    """The other side has closed, and has sent nothing before."""
    try:
        return sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


class Descriptors(unittest.TestCase):
    limit = 40

    def setUp(self):
        self.daemon = self.enterContext(Daemon(wrapper=["prlimit", f"--nofile={self.limit}:{self.limit}"]))

    def connect_many(self, stack, path, count=200):
        """Keeps many connections open until the daemon has closed one of them."""
        held = []
        for _ in range(count):
            sock = stack.enter_context(unix_socket(path, timeout=None))
            held.append(sock)
            if path != self.daemon.socket:
                continue  # a silent peer is given time for its handshake, one that sends this is not
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                sock.sendall(b"G")

        eventually(lambda: any(map(is_closed, held)), "a connection is shed")

    def test_200_connects_to_each_door_kill_nothing(self):
        for path in (self.daemon.socket, self.daemon.intake, self.daemon.feed):
            with self.subTest(os.path.basename(path)):
                shed = self.daemon.metric("tocsin_shed_connections_total")
                with contextlib.ExitStack() as stack:
                    self.connect_many(stack, path)
                    self.assertIsNone(self.daemon.process.poll())
                eventually(lambda: serves(self.daemon), "the daemon serves again")
                dealer = self.daemon.dealer()
                emit_frames(dealer, {"type": "a"})
                self.assertEqual(receive_reply(dealer)[0], "ok")
                dealer.close()
                with contextlib.closing(self.daemon.subscriber("a")):
                    pass
                self.assertGreater(self.daemon.metric("tocsin_shed_connections_total"), shed)

    def test_who_is_connected_is_served_meanwhile(self):
        connection, dealer = self.daemon.connect(), self.daemon.dealer()
        emit_frames(dealer, {"type": "before"})
        receive_reply(dealer)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        with contextlib.ExitStack() as stack:
            self.connect_many(stack, self.daemon.socket)
            for _ in range(10):
                connection.request("POST", "/v1/events", '{"type":"held"}', {"Content-Type": "application/json"})
                reply = connection.getresponse()
                self.assertEqual(reply.status, 200, reply.read())
                reply.read()
                emit_frames(dealer, {"type": "held"})
                self.assertEqual(receive_reply(dealer)[0], "ok")
            for path in ("/v1/status", "/v1/events?type=held", "/metrics", "/v1/types"):
                connection.request("GET", path)
                reply = connection.getresponse()
                self.assertEqual(reply.status, 200, reply.read())
                reply.read()

    def test_it_does_not_spin(self):
        with contextlib.ExitStack() as stack:
            self.connect_many(stack, self.daemon.socket)
            before = self.cpu_ticks()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.daemon.process.wait(2)
            self.assertLess(self.cpu_ticks() - before, os.sysconf("SC_CLK_TCK"),
                            "busy for more than half of the time")

    def cpu_ticks(self):
        with open(f"/proc/{self.daemon.pid}/stat") as file:
            return sum(map(int, file.read().rpartition(")")[2].split()[11:13]))

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_user_keeps_its_name_when_descriptors_are_short(self):
        """The name is part of the key of every event: it must never be made up because a file can't be opened."""
        os.chmod(self.daemon.folder, 0o755)
        user = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups"]  # its name stands in /etc/passwd only
        with contextlib.ExitStack() as stack:
            held = []
            while self.descriptors() < self.limit:
                held.append(stack.enter_context(self.daemon.raw_socket()))
                held[-1].sendall(HEALTH)
                held[-1].recv(65536)
            held.pop().close()
            eventually(lambda: self.descriptors() < self.limit, "one descriptor is free")
            subprocess.run([*user, sys.executable, "-c", EMIT, self.daemon.socket], check=False, capture_output=True,
                           timeout=30)
        eventually(lambda: serves(self.daemon), "the daemon serves again")
        names = {event["authid"] for event in self.daemon.events("type=short")}
        self.assertLessEqual(names, {pwd.getpwuid(1).pw_name}, "a made-up name was stored")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.daemon.pid}/fd"))


class StoppedSubscriber(unittest.TestCase):
    """A subscriber that is stopped with SIGSTOP, and what it sees when it goes on."""

    script = """
import sys, zmq
sock = zmq.Context().socket(zmq.SUB)
sock.setsockopt(zmq.RCVHWM, 10); sock.setsockopt(zmq.RCVBUF, 4096)
sock.connect("ipc://" + sys.argv[1]); sock.setsockopt(zmq.SUBSCRIBE, b"")
last, gaps, seen = None, 0, 0
while True:
    topic, sequence, previous, body = sock.recv_multipart()
    if topic == b"tocsin.head":
        if last is None: print("ready", flush=True); last = b""
        continue
    seen += 1
    if last and previous != last: gaps += 1
    last = sequence
    if topic == b"the.end": print(gaps, seen, flush=True); break
"""

    def test_it_harms_nobody_and_sees_its_gap(self):
        self.daemon = self.enterContext(Daemon("[feed]\nqueue_messages = 100\n"))
        stopped = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "/usr/bin/python3", "-c", self.script,
                                    self.daemon.feed], stdout=subprocess.PIPE, text=True)
        self.addCleanup(stopped.stdout.close)
        self.addCleanup(stopped.wait)
        self.addCleanup(stopped.kill)
        self.assertEqual(stopped.stdout.readline(), "ready\n")
        healthy = self.daemon.subscriber()
        stopped.send_signal(signal.SIGSTOP)
        before, count = resident_bytes(self.daemon), 6000
        for start in range(0, count, 50):
            self.daemon.emit(*[{"type": "much", "data": "x" * 5000}] * 50)
            sequences = [int(sequence) for _, sequence, _, _ in feed_events(healthy, 50)]
            self.assertEqual(sequences, list(range(start + 1, start + 51)))
        self.assertLess(resident_bytes(self.daemon) - before, 64 << 20, "a stopped subscriber costs memory without bound")
        self.assertGreater(self.daemon.metric("tocsin_feed_overruns_total"), 0)
        stopped.send_signal(signal.SIGCONT)
        done = threading.Event()
        ender = threading.Thread(target=self.emit_until, args=(done,))
        ender.start()
        gaps, seen = map(int, stopped.stdout.readline().split())
        done.set()
        ender.join()
        self.assertGreater(gaps, 0)
        self.assertLess(seen, count)

    def emit_until(self, done):
        """One that fits shows the gap; its queue may be full until it has caught up."""
        while not done.wait(0.05):
            self.daemon.emit({"type": "much"}, {"type": "much"}, {"type": "the.end"})


class ManyTopics(unittest.TestCase):
    """A subscriber that opens topics without end (libzmq has no limit for them)."""

    TOPICS = 100_000
    BYTES_EACH = 1500

    def test_they_cost_bounded_memory_are_counted_and_harm_nobody(self):
        daemon = self.enterContext(Daemon())
        healthy = daemon.subscriber("good")
        before = resident_bytes(daemon)
        with contextlib.closing(daemon.subscriber("first")) as greedy:
            greedy.setsockopt(zmq.SNDHWM, 0)  # or it drops what it can't send at once
            for number in range(self.TOPICS):
                greedy.subscribe(f"some.longer.topic.of.many.{number}")
            eventually(lambda: daemon.status()["subscriptions"] >= self.TOPICS, "all are counted")
            self.assertGreaterEqual(daemon.metric("tocsin_feed_subscriptions"), self.TOPICS)
            self.assertLess(resident_bytes(daemon) - before, self.TOPICS * self.BYTES_EACH * MEMORY_FACTOR)
            sequences = [daemon.emit({"type": "good"})[0]["sequence"] for _ in range(20)]
            self.assertEqual([sequence for _, sequence, _, _ in feed_events(healthy, 20)], sequences)
        eventually(lambda: daemon.status()["subscriptions"] < 10, "they go with their subscriber")


@unittest.skipIf(os.environ.get("TOCSIN_SANITIZER"), "a sanitizer keeps freed memory")
class LargeRequests(unittest.TestCase):
    def test_their_memory_goes_back(self):
        daemon = self.enterContext(Daemon())
        daemon.emit({"type": "a"})
        before = resident_bytes(daemon)
        lines = (json.dumps({"type": "large", "data": "x" * 900_000}) + "\n") * 12
        for _ in range(3):
            senders = [threading.Thread(target=daemon.http, args=("POST", "/v1/events", lines, {"Content-Type": "application/x-ndjson"}))
                       for _ in range(8)]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
        self.assertGreater(daemon.status()["events"], 12)
        eventually(lambda: resident_bytes(daemon) - before < 32 << 20, "the daemon is small again")


class SharedCommits(unittest.TestCase):
    connections, rounds = 256, 8

    def test_256_connections_share_commits(self):
        daemon = self.enterContext(Daemon())
        head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n" + b'{"type":"share"}'
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(daemon.raw_socket()) for _ in range(self.connections)]
            for _ in range(self.rounds):
                for sock in sockets:
                    sock.sendall(head)
                for sock in sockets:
                    self.assertIn(b"200 OK", sock.recv(65536))
        events = self.connections * self.rounds
        self.assertEqual(daemon.status()["events"], events)
        self.assertEqual(daemon.metric("tocsin_commit_events_sum"), events)
        self.assertLess(daemon.metric("tocsin_commit_seconds_count"), events / 2)


if __name__ == "__main__":
    unittest.main()
